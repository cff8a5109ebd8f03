//! Errors of packing and unpacking.

use std::io;
use std::path::PathBuf;

/// An archive that cannot be written or must not be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file of the staging folder or the archive itself could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A member that no archive of ours has.
    #[error("{}: refused member '{member}': {reason}", archive.display())]
    Refused {
        /// The archive.
        archive: PathBuf,
        /// The member as the archive names it.
        member: String,
        /// Why.
        reason: &'static str,
    },
    /// The archive breaks off, or is no archive.
    #[error("{}: damaged archive: {reason}", archive.display())]
    Damaged {
        /// The archive.
        archive: PathBuf,
        /// Why.
        reason: String,
    },
}
