//! Errors of the store.

use std::path::{Path, PathBuf};

use super::ownership::Distrust;
use crate::archive::ArchiveError;
use crate::fs::FsError;

/// The store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// Somebody could change the store who is not trusted.
    #[error(transparent)]
    Distrust(#[from] Distrust),
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
    /// An entry that was there is gone, or damaged.
    #[error("{} is missing from the store, or damaged", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The archive was made anew, with another content.
    #[error("{} was made anew and has another content", archive.display())]
    Superseded {
        /// The archive.
        archive: PathBuf,
    },
}

impl StoreError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.hint(),
            Self::Distrust(reason) => reason.hint(),
            error if error.is_damage() => {
                Some("it is out of use now; run again, with the index in reach, and it is made anew".to_owned())
            }
            _ => None,
        }
    }

    /// What it is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Fs(error) | Self::Distrust(Distrust::Fs(error)) => Some(&error.path),
            Self::Distrust(Distrust::Owner { path, .. } | Distrust::Group { path, .. } | Distrust::Everybody { path })
            | Self::Archive(
                ArchiveError::Io { path, .. }
                | ArchiveError::Refused { archive: path, .. }
                | ArchiveError::Damaged { archive: path, .. },
            )
            | Self::Record { path, .. }
            | Self::Content { archive: path }
            | Self::Missing { path }
            | Self::Superseded { archive: path } => Some(path),
        }
    }

    /// Whether an entry is missing or not what it should be: that is a miss, and it can be made anew.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Archive(ArchiveError::Damaged { .. } | ArchiveError::Refused { .. })
            | Self::Content { .. }
            | Self::Missing { .. }
            | Self::Superseded { .. } => true,
            Self::Fs(_) | Self::Distrust(_) | Self::Archive(ArchiveError::Io { .. }) | Self::Record { .. } => false,
        }
    }
}
