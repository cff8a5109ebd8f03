//! Errors of making distributions.

use std::path::PathBuf;

use super::bytecode::BytecodeError;
use crate::fs::FsError;
use crate::pip::PipError;
use crate::store::StoreError;
use crate::wheel::{InvalidFilename, WheelError};

/// A distribution could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The wheel cannot be laid out.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// The file is not named as a wheel.
    #[error(transparent)]
    Filename(#[from] InvalidFilename),
    /// Its bytecode cannot be made.
    #[error(transparent)]
    Bytecode(#[from] BytecodeError),
    /// The store cannot take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file operation failed.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// pip could not be run.
    #[error(transparent)]
    Pip(#[from] PipError),
    /// pip could not build the wheel.
    #[error("building {project} failed")]
    Failed {
        /// What was built.
        project: String,
        /// pip's exit code.
        code: i32,
        /// What pip printed.
        output: String,
    },
    /// pip built something else than one wheel.
    #[error("building {project} gave {count} wheels in {} instead of one", folder.display())]
    WheelCount {
        /// What was built.
        project: String,
        /// Number of wheels found.
        count: usize,
        /// Where.
        folder: PathBuf,
    },
}

impl BuildError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Wheel(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Fs(error) => error.hint(),
            Self::Failed { project, .. } => Some(format!(
                "pip's output above names the cause; a wheel of {project}, or the headers and compiler it needs, would help"
            )),
            Self::Filename(_) | Self::Bytecode(_) | Self::Pip(_) | Self::WheelCount { .. } => None,
        }
    }
}
