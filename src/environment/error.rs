//! Errors of assembling.

use std::io;
use std::path::{Path, PathBuf};

/// An environment could not be assembled.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// A file of a tree is not what the snapshot says. The tree has to be made again.
    #[error("{} was changed in the store: {change}", path.display())]
    Changed {
        /// Index of the distribution in the snapshot.
        distribution: usize,
        /// The file in the tree.
        path: PathBuf,
        /// What is different.
        change: Change,
    },
    /// A file or folder of the environment could not be made.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// What is different about a file of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is gone.
    Missing,
    /// Its size.
    Size,
    /// Its modification time.
    Time,
    /// Its mode or owner.
    Access,
    /// Its content, although all else is as it was.
    Content,
    /// It does not belong there.
    Added,
}

impl std::fmt::Display for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "it is gone",
            Self::Size => "another size",
            Self::Time => "another modification time",
            Self::Access => "another mode or owner",
            Self::Content => "another content",
            Self::Added => "it does not belong there",
        })
    }
}

impl AssembleError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space and run again".to_owned())
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("check owner and mode of that folder, or choose another place".to_owned())
            }
            Self::Changed { .. } | Self::Io { .. } => None,
        }
    }
}
