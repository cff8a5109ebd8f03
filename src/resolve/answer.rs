//! Answers to requests.

use std::collections::BTreeMap;

use crate::store::{Kind, PinRecord, ReadRecord, Resolution, Resolved};
use crate::wheel::{CoreMetadata, Metadata};

/// What a request comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// In pip's installation order.
    pub distributions: Vec<Answered>,
    /// Whether time can change it.
    pub kind: Kind,
    /// Volatile marker variables that dependencies name.
    pub markers: BTreeMap<String, String>,
    /// What it was made from, if all of that is known.
    pub reads: Option<Vec<ReadRecord>>,
    /// What was chosen and is not to be installed: with `--only-deps`, what the user named.
    pub unlisted: Vec<Metadata>,
    /// A place in trouble without which it was made, as far as that is known.
    pub without: Option<String>,
}

/// One distribution of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What is installed.
    pub resolved: Resolved,
    /// What its metadata says.
    pub metadata: Metadata,
    /// All of its metadata, where whoever answered had it at hand.
    pub core: Option<CoreMetadata>,
    /// The size of its file in bytes, where an index told.
    pub size: Option<u64>,
}

impl From<PinRecord> for Answered {
    fn from(record: PinRecord) -> Self {
        Self {
            resolved: record.resolved,
            metadata: record.metadata,
            core: None,
            size: None,
        }
    }
}

impl Answer {
    /// What is kept of it.
    pub fn resolution(&self) -> Resolution {
        Resolution {
            distributions: self.distributions.iter().map(|answered| answered.resolved.clone()).collect(),
        }
    }
}
