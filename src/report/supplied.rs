//! Where the distributions of an environment came from.

/// A distribution of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplied {
    /// Its project, normalized.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Where a distribution came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// It was in the store.
    Store,
    /// Its wheel was fetched from an index, or from wherever the request says.
    Index,
    /// It was built from source.
    Built,
    /// pip installed it, from wherever.
    Pip,
}

impl Origin {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Index => "index",
            Self::Built => "built",
            Self::Pip => "pip",
        }
    }
}
