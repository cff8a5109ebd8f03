//! Errors of the store.

use std::path::PathBuf;

use crate::archive::ArchiveError;
use crate::fs::FsError;

/// The store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// An archive could not be written or unpacked.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A record could not be serialized.
    #[error("cannot write record {}: {source}", path.display())]
    Record {
        /// Where it should have gone.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// An archive's content is not what its record says.
    #[error("{}: content differs from its record", archive.display())]
    Content {
        /// The archive.
        archive: PathBuf,
    },
    /// An entry that was there is gone.
    #[error("{} is missing from the store", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
}

impl StoreError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.hint(),
            Self::Archive(_) | Self::Content { .. } | Self::Missing { .. } => {
                Some("run again with --refresh; the entry is then made anew".to_owned())
            }
            Self::Record { .. } => None,
        }
    }
}
