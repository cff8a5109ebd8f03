//! One error for file operations: what was tried, on which path, and why it failed.

use std::io;
use std::path::{Path, PathBuf};

/// A file operation that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FsError {
    /// What was tried, as a verb phrase: `create folder`.
    pub action: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// The system's reason.
    pub source: io::Error,
}

impl FsError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        hint_of(&self.source)
    }
}

/// What the user can do when the system gives this reason, where that is known.
pub fn hint_of(reason: &io::Error) -> Option<String> {
    let hint = match reason.kind() {
        io::ErrorKind::PermissionDenied => "check owner and mode of that path, or choose another place",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space, or inodes (`df -i`); `snapenv cache dir` names the folder of the store"
        }
        io::ErrorKind::ReadOnlyFilesystem => "the filesystem is mounted read-only; choose another place",
        io::ErrorKind::InvalidFilename => "choose a shorter path: names have up to 255 bytes, whole paths up to 4,095",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Says what was tried when a file operation fails.
pub trait Context<T> {
    /// Wraps the error with a verb phrase and the path.
    ///
    /// # Errors
    /// The original error, wrapped.
    fn context(self, action: &'static str, path: &Path) -> Result<T, FsError>;
}

impl<T, E: Into<io::Error>> Context<T> for Result<T, E> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, FsError> {
        self.map_err(|error| FsError {
            action,
            path: path.to_owned(),
            source: error.into(),
        })
    }
}
