//! Requests and snapshots.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::entry::{Entry, Name};
use super::shelf::{Found, keyed};
use crate::environment::snapshot::{Header, HeaderDistribution};
use crate::key::SnapshotKey;
use crate::store::{Head, RequestHead};
use crate::upkeep::retention::Standing;

/// A snapshot with its excerpt.
#[derive(Debug)]
pub(super) struct SnapshotFiles {
    pub(super) key: SnapshotKey,
    pub(super) entry: Entry,
    pub(super) used: u64,
    pub(super) standing: Standing,
    pub(super) distributions: Vec<HeaderDistribution>,
}

/// A request record.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) entry: Entry,
    pub(super) used: u64,
    pub(super) standing: Standing,
    pub(super) snapshot: Option<SnapshotKey>,
}

/// All snapshots of a folder.
pub(super) fn snapshots(folder: &Path) -> Vec<SnapshotFiles> {
    let mut pairs: BTreeMap<String, [Option<Found>; 2]> = BTreeMap::new();
    for found in keyed(folder) {
        let (key, at) = match found.name.split_once('.') {
            Some((key, "snapshot")) => (key.to_owned(), 0),
            Some((key, "excerpt")) => (key.to_owned(), 1),
            _ => continue,
        };
        pairs.entry(key).or_default()[at] = Some(found);
    }
    let pairs: Vec<_> = pairs.into_iter().collect();
    let read = pairs
        .into_par_iter()
        .filter_map(|(key, [whole, excerpt])| snapshot(key.parse().ok()?, whole, excerpt));
    read.collect()
}

fn snapshot(key: SnapshotKey, whole: Option<Found>, excerpt: Option<Found>) -> Option<SnapshotFiles> {
    let header = whole.as_ref().map(|whole| Header::peek(&whole.path));
    let (standing, distributions) = match header {
        Some(Ok(header)) if header.key == key && excerpt.is_some() => (Standing::Free, header.distributions),
        Some(Err(damage)) if damage.is_another_format() => (Standing::Held, Vec::new()),
        _ => (Standing::Broken, Vec::new()),
    };
    let parts: Vec<Found> = whole.into_iter().chain(excerpt).collect();
    Some(SnapshotFiles {
        key,
        entry: Entry {
            name: Name::Snapshot(key),
            modified: parts.first()?.modified(),
            bytes: parts.iter().map(Found::bytes).sum(),
            paths: parts.iter().map(|part| part.path.clone()).collect(),
        },
        used: parts.iter().map(Found::written).max()?,
        standing,
        distributions,
    })
}

/// All request records of a folder.
pub(super) fn requests(folder: &Path) -> Vec<Request> {
    keyed(folder).into_par_iter().filter_map(|found| request(&found)).collect()
}

fn request(found: &Found) -> Option<Request> {
    let key = found.name.strip_suffix(".json")?.parse().ok()?;
    let (standing, snapshot) = match Head::<RequestHead>::read(&found.path) {
        Ok(Head::Read(head)) if head.key == key => (Standing::Free, Some(head.snapshot)),
        Ok(Head::Newer) => (Standing::Held, None),
        _ => (Standing::Broken, None),
    };
    Some(Request {
        entry: Entry {
            name: Name::Request(key),
            modified: found.modified(),
            bytes: found.bytes(),
            paths: vec![found.path.clone()],
        },
        used: found.written(),
        standing,
        snapshot,
    })
}
