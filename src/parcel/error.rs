//! Errors of exporting and importing.

use std::io;
use std::path::PathBuf;

use crate::fs::hint_of;
use crate::key::RequestKey;
use crate::store::StoreError;

/// A parcel that cannot be made, or must not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum ParcelError {
    /// Reading or writing failed.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path; `-` is a stream.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is not what was exported, or was never.
    #[error("the export is refused: {member}: {reason}; nothing of it was imported")]
    Refused {
        /// What is wrong about it, or where it breaks off.
        member: String,
        /// Why.
        reason: String,
    },
    /// A newer version made it.
    #[error("the export is of a newer format; nothing of it was imported")]
    Newer,
    /// A request that is not known.
    #[error("the store has no whole answer to the request {0}")]
    Unknown(RequestKey),
    /// It would be shown on a terminal.
    #[error("an export is no text for a terminal")]
    Terminal,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ParcelError {
    pub(super) fn refused(member: &str, reason: &str) -> Self {
        Self::Refused {
            member: member.escape_debug().to_string(),
            reason: reason.to_owned(),
        }
    }

    pub(super) fn io(action: &'static str, path: &std::path::Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path: path.clone(),
            source,
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } => hint_of(source),
            Self::Refused { .. } => Some("export it again, or carry it again: it may have been cut short".to_owned()),
            Self::Newer => Some("export it with this version, or import it with the version that made it".to_owned()),
            Self::Unknown(_) => Some("run snapenv venv, or snapenv cache warm, with the same requirements first".to_owned()),
            Self::Terminal => Some("name a file with -o, or send it on with a pipe".to_owned()),
            Self::Store(error) => error.hint(),
        }
    }
}
