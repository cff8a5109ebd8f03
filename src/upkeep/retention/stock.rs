//! What retention decides about: the entries of a store as numbers, without paths and keys.

/// All entries of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stock {
    /// The entries.
    pub items: Vec<Item>,
    /// Bytes that several items hold by hard links: gone when the last of these is.
    pub blobs: Vec<u64>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// When it was last used by itself, in seconds since 1970.
    pub used: u64,
    /// What it does not work without, as numbers of items; a [tree](Kind::Tree) needs any one of them, everything else needs all.
    pub needs: Vec<u32>,
    /// Bytes that nothing else holds.
    pub own: u64,
    /// Which blobs it holds.
    pub holds: Vec<u32>,
    /// Of which version of which project it is.
    pub version: Option<Version>,
    /// Whether it is to stay, whatever is decided.
    pub standing: Standing,
}

/// Numbers that stand for a project and one of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The project.
    pub project: u32,
    /// The version, unique among all of all projects.
    pub version: u32,
}

/// The kinds of entries. What needs stands before what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What a request was answered with.
    Request,
    /// An assembled environment that waits.
    Spare,
    /// What layered environments stand on.
    Layer,
    /// An archive unpacked.
    Tree,
    /// The files of an environment.
    Snapshot,
    /// The pip that an interpreter's environments get.
    Seed,
    /// An archive and its record, built from a folder: every run builds it anew, and finds none of them.
    Project,
    /// An archive and its record, downloaded as a wheel.
    Downloaded,
    /// An archive and its record, built from source.
    Built,
    /// A downloaded file.
    Source,
    /// What an index, a wheel or a build said.
    Lookup,
}

/// Whether an entry may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As any other.
    Free,
    /// Somebody alive needs it, or it is of a newer format.
    Held,
    /// It does not work: something that it needs is not there.
    Broken,
}

impl Kind {
    /// Whether it can be made again from what the store has.
    pub fn is_derived(self) -> bool {
        matches!(self, Self::Tree | Self::Layer | Self::Spare)
    }

    /// How much faster than others it ages, in quarters.
    fn quarters(self) -> u64 {
        match self {
            Self::Tree | Self::Layer | Self::Spare | Self::Source | Self::Project => 8,
            Self::Request | Self::Snapshot | Self::Seed | Self::Downloaded | Self::Lookup => 4,
            Self::Built => 1,
        }
    }

    /// The age that counts when space is needed.
    pub(super) fn weighted(self, age: u64) -> u64 {
        age.saturating_mul(self.quarters())
    }
}
