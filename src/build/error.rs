//! Errors of making distributions.

use std::path::PathBuf;

use super::backend::BackendError;
use super::bytecode::BytecodeError;
use super::source::SourceError;
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
    /// The sdist cannot be unpacked, or is no project.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its backend failed.
    #[error("building {project} failed: {source}")]
    Backend {
        /// What was built.
        project: String,
        /// How.
        source: Box<BackendError>,
    },
    /// A project needs itself to be built.
    #[error("{} needs itself to be built: {}", .0.last().map_or("", String::as_str), .0.join(" <- "))]
    Cycle(Vec<String>),
    /// Build requirements contradict each other.
    #[error("some build dependencies for {project} conflict with {with}: {installed} is incompatible with {wanted}")]
    Conflict {
        /// What was to be built.
        project: String,
        /// What they conflict with.
        with: &'static str,
        /// What is in the build environment.
        installed: String,
        /// What is asked for.
        wanted: String,
    },
    /// The backend built a wheel of another project or version.
    #[error("{project} was to be built, and its build backend built {wheel}")]
    Another {
        /// What was to be built.
        project: String,
        /// File name of the wheel.
        wheel: String,
    },
    /// The metadata that the backend prepared cannot be read.
    #[error("the metadata of {project} cannot be used: {reason}")]
    Metadata {
        /// Whose.
        project: String,
        /// Why.
        reason: String,
    },
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
    /// What the build printed, where nothing was shown yet.
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Failed { output, .. } => Some(output),
            Self::Backend { source, .. } => source.log(),
            _ => None,
        }
    }

    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Wheel(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Fs(error) => error.hint(),
            Self::Source(error) => error.hint(),
            Self::Backend { project, source } => source.hint().or_else(|| {
                Some(format!(
                    "the output above names the cause; a wheel of {project}, or the headers and compiler it needs, would help"
                ))
            }),
            Self::Failed { project, .. } => Some(format!(
                "pip's output above names the cause; a wheel of {project}, or the headers and compiler it needs, would help"
            )),
            Self::Cycle(_) => Some("a wheel of one of them breaks the circle".to_owned()),
            Self::Conflict { .. } | Self::Another { .. } | Self::Metadata { .. } => {
                Some("that is an error of the project: another version, or a wheel of it, may do".to_owned())
            }
            Self::Filename(_) | Self::Bytecode(_) | Self::Pip(_) | Self::WheelCount { .. } => None,
        }
    }
}
