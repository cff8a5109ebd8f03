//! An entry of a store, as a catalogue lists it.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::key::{ContentKey, DistributionKey, RequestKey, SnapshotKey};
use crate::store::{Area, SpareKind};

/// Letters of a digest.
const DIGEST: usize = 64;

/// An entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Which.
    pub name: Name,
    /// Files or folders that it consists of; without the first it is not found any more.
    pub paths: Vec<PathBuf>,
    /// The modification time of the first.
    pub modified: SystemTime,
    /// Bytes on disk, shared ones included.
    pub bytes: u64,
}

/// Which entry it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Name {
    /// A request record.
    Request(RequestKey),
    /// A snapshot with its excerpt.
    Snapshot(SnapshotKey),
    /// An archive with its record.
    Distribution(Box<DistributionName>),
    /// A tree.
    Tree(ContentKey),
    /// A merged layer.
    Layer(SnapshotKey),
    /// A spare.
    Spare(SpareKind),
    /// Anything else, by the area that it is in.
    File(Area, String),
}

/// Which distribution it is, by the names of its files and what its record says.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionName {
    /// Project name, as the folder's.
    pub project: String,
    /// Version, as the folder's.
    pub version: String,
    /// Interpreter, ABI and platform.
    pub tags: String,
    /// Its key.
    pub key: DistributionKey,
    /// Digest of its content; unknown without a record.
    pub content: Option<ContentKey>,
    /// Seconds that it took to make.
    pub seconds: f64,
}

impl Name {
    /// The area that it is counted to.
    pub fn area(&self) -> Area {
        match self {
            Self::Request(_) => Area::Requests,
            Self::Snapshot(_) => Area::Snapshots,
            Self::Distribution(_) => Area::Archives,
            Self::Tree(_) => Area::Trees,
            Self::Layer(_) => Area::Merged,
            Self::Spare(_) => Area::Spares,
            Self::File(area, _) => *area,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |key: String| key.get(..12).map(str::to_owned).unwrap_or(key);
        match self {
            Self::Request(key) => write!(formatter, "request {}", short(key.to_string())),
            Self::Snapshot(key) => write!(formatter, "snapshot {}", short(key.to_string())),
            Self::Distribution(one) => write!(formatter, "{} {} ({})", one.project, one.version, one.tags),
            Self::Tree(key) => write!(formatter, "tree {}", short(key.to_string())),
            Self::Layer(key) => write!(formatter, "merged layer {}", short(key.to_string())),
            Self::Spare(kind) => write!(formatter, "spare of {} ({})", short(kind.snapshot.to_string()), kind.mode),
            Self::File(area, name) => match name.split_once('.') {
                // By its digest; who needs all of it asks for JSON.
                Some((key, _)) if key.len() == DIGEST => write!(formatter, "{} {}", area.name(), short(key.to_owned())),
                _ => write!(formatter, "{} {name}", area.name()),
            },
        }
    }
}
