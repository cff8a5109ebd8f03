//! What can go wrong while a skeleton is written.

use std::io;
use std::path::PathBuf;

use crate::fs::hint_of;

/// The skeleton could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SkeletonError {
    /// A file, folder or link could not be made.
    #[error("cannot write {path}")]
    Write {
        /// What was to be made.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The destination is no absolute path.
    #[error("{0} is not an absolute path")]
    Relative(PathBuf),
    /// The path holds a colon, which separates the folders of `PATH`.
    #[error("{0} contains a colon, so its bin folder cannot be on PATH")]
    Colon(PathBuf),
    /// Scripts and `pyvenv.cfg` are text in UTF-8.
    #[error("the path {0:?} is not valid UTF-8")]
    NotUtf8(PathBuf),
    /// `pyvenv.cfg` has one line for each value.
    #[error("the interpreter's path {0:?} contains a line break")]
    LineBreak(PathBuf),
}

impl SkeletonError {
    /// The next step for the user, where there is one.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Write { source, .. } => return hint_of(source),
            Self::Relative(_) => return None,
            Self::Colon(_) | Self::NotUtf8(_) => "choose another folder for the environment",
            Self::LineBreak(_) => "use a Python that is installed elsewhere",
        };
        Some(text.to_owned())
    }
}
