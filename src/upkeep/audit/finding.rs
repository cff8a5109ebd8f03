//! What an audit finds.

use std::path::PathBuf;

use super::look::Stamp;
use crate::key::{ContentKey, DistributionKey, SnapshotKey};
use crate::store::Area;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file that is concerned, or the folder of a tree or layer.
    pub path: PathBuf,
    /// What kind of trouble it is.
    pub fault: Fault,
    /// What is wrong, for people to read.
    pub cause: String,
    /// Which entry it is.
    pub subject: Subject,
    /// How the file is told from one that takes its place.
    pub stamp: Stamp,
}

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is not what was written.
    Damaged,
    /// It is whole, but something that it needs is not there: a miss, and garbage.
    Incomplete,
    /// This user cannot read it.
    Unreadable,
}

impl Fault {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Incomplete => "incomplete",
            Self::Unreadable => "unreadable",
        }
    }
}

/// An entry, as far as repairing it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An archive with its record: where both are.
    Distribution {
        /// Its key.
        key: DistributionKey,
        /// The record.
        record: PathBuf,
        /// The archive.
        archive: PathBuf,
    },
    /// A tree.
    Tree(ContentKey),
    /// A snapshot with its excerpt.
    Snapshot(SnapshotKey),
    /// A merged layer.
    Layer(SnapshotKey),
    /// A spare.
    Spare,
    /// Anything else.
    File(Area),
}

impl Subject {
    /// The area that it is in.
    pub fn area(&self) -> Area {
        match self {
            Self::Distribution { .. } => Area::Archives,
            Self::Tree(_) => Area::Trees,
            Self::Snapshot(_) => Area::Snapshots,
            Self::Layer(_) => Area::Merged,
            Self::Spare => Area::Spares,
            Self::File(area) => *area,
        }
    }
}

/// Only the order of what is listed: paths come first.
impl PartialOrd for Subject {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Subject {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.area().name().cmp(other.area().name())
    }
}
