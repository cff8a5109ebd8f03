//! Request records: what a request was answered with.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::error::StoreError;
use super::open::Store;
use super::reads::ReadRecord;
use super::resolution::Resolution;
use crate::fs::Durability;
use crate::key::{RequestKey, RequestPreimage, SnapshotKey, key_of, printed};

/// What a request was answered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Its key.
    pub key: RequestKey,
    /// When the index was asked, in seconds since 1970.
    pub made: u64,
    /// Whether time can change the answer.
    pub kind: Kind,
    /// What else the answer depends on.
    pub conditions: Conditions,
    /// The environment's files.
    pub snapshot: SnapshotKey,
    /// The answer.
    pub resolution: Resolution,
    /// What a dated answer was made from, by project; it holds as long as nothing of that differs. Nothing if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<Vec<ReadRecord>>,
}

/// Whether time can change an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Everything was pinned: the artifacts once recorded are the answer.
    Pinned,
    /// The index could answer differently today.
    Dated,
}

/// Values that an answer depends on and that only the answer makes known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// Volatile marker variables that dependencies name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub markers: BTreeMap<String, String>,
    /// Under what something was built, when something was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildConditions>,
}

/// What builds depend on beside the request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildConditions {
    /// Variables of the caller that compilers and build backends read.
    pub environment: BTreeMap<String, String>,
    /// Distribution id: a bare `linux_*` wheel fits only there.
    pub os_release: String,
    /// Digest of the interpreter's compiler settings.
    pub sysconfig: String,
    /// The compilers that were there, if something is not pure.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub compilers: BTreeMap<String, String>,
    /// Shared libraries of the system that something needs.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub libraries: BTreeSet<String>,
}

/// What of a request record says whether it holds, and for which files: a hit needs no more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// Its key.
    pub key: RequestKey,
    /// When the index was asked, in seconds since 1970.
    pub made: u64,
    /// Whether time can change the answer.
    pub kind: Kind,
    /// What else the answer depends on.
    pub conditions: Conditions,
    /// The environment's files.
    pub snapshot: SnapshotKey,
}

/// A request record with its preimage, for explaining.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredRequest {
    /// Its key.
    pub key: RequestKey,
    /// When the index was asked.
    pub made: u64,
    /// The preimage as JSON.
    pub preimage: serde_json::Value,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    record: &'a RequestRecord,
    preimage: serde_json::Value,
}

impl Store {
    /// The record of a request.
    pub fn request(&self, key: RequestKey) -> Option<RequestRecord> {
        self.layouts().find_map(|layout| {
            self.record::<RequestRecord>(&layout.request(key))
                .filter(|record| record.key == key)
        })
    }

    /// The same as far as a hit needs it.
    pub fn answer(&self, key: RequestKey) -> Option<Answer> {
        self.layouts()
            .find_map(|layout| self.record::<Answer>(&layout.request(key)).filter(|answer| answer.key == key))
    }

    /// Records an answer; its snapshot must be in the store already.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_request(&self, preimage: &RequestPreimage, record: &RequestRecord) -> Result<(), StoreError> {
        let layout = self.home();
        let written = Written {
            record,
            preimage: printed(preimage),
        };
        super::json::write(&layout.request(key_of(preimage)), &written, &layout.staging())?;
        self.keep_in_mind(preimage, record)
    }

    /// Notes that a recorded answer was found to hold at `record.made`. Nothing is lost if that is not on the disk in the end.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn renew_request(&self, preimage: &RequestPreimage, record: &RequestRecord) -> Result<(), StoreError> {
        let layout = self.home();
        let written = Written {
            record,
            preimage: printed(preimage),
        };
        super::json::write_as(&layout.request(record.key), &written, &layout.staging(), Durability::Derived)
    }

    /// All recorded requests, for finding the nearest one.
    pub fn requests(&self) -> Vec<StoredRequest> {
        self.layouts()
            .flat_map(|layout| WalkDir::new(layout.requests()).min_depth(2).sort_by_file_name())
            .filter_map(Result::ok)
            .filter_map(|entry| super::json::read(entry.path()))
            .collect()
    }
}
