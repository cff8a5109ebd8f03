//! Finding entries by the beginning of their keys.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use super::layout::Area;
use super::open::Store;
use super::request::StoredRequest;
use crate::key::{RequestKey, SnapshotKey};

/// Fewer digits name nothing.
const LEAST: usize = 8;

/// What a key is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A request.
    Request(RequestKey),
    /// A snapshot.
    Snapshot(SnapshotKey),
}

impl Store {
    /// All requests and snapshots whose keys begin with these digits, of which there have to be eight.
    pub fn named(&self, digits: &str) -> Vec<Named> {
        if digits.len() < LEAST || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for layout in self.layouts() {
            let requests = keys_in(&layout.area(Area::Requests), digits, ".json");
            found.extend(requests.into_iter().map(Named::Request));
            let snapshots = keys_in(&layout.area(Area::Snapshots), digits, ".snapshot");
            found.extend(snapshots.into_iter().map(Named::Snapshot));
        }
        found.dedup();
        found
    }

    /// A recorded request with its preimage.
    pub fn stored_request(&self, key: RequestKey) -> Option<StoredRequest> {
        self.layouts().find_map(|layout| self.record(&layout.request(key)))
    }
}

fn keys_in<K: FromStr>(area: &Path, digits: &str, suffix: &str) -> Vec<K> {
    let entries = fs::read_dir(area.join(&digits[..2]))
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let keys = names.filter(|name| name.starts_with(digits));
    keys.filter_map(|name| name.strip_suffix(suffix)?.parse().ok()).collect()
}
