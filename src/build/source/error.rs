//! Errors of sdists and source trees.

use std::io;
use std::path::PathBuf;

use crate::fs::Excess;
use crate::wheel::Fault;

/// An sdist that cannot be unpacked, or a source tree that is no project.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A member must not be unpacked.
    #[error("{}: refused member '{member}': {reason}", archive.display())]
    Refused {
        /// The sdist.
        archive: PathBuf,
        /// The member as the sdist names it.
        member: String,
        /// Why.
        reason: &'static str,
    },
    /// It is a zip file that readers could see differently, or that is too large.
    #[error("{}: unsafe zip archive: {fault}", archive.display())]
    Container {
        /// The sdist.
        archive: PathBuf,
        /// What is wrong.
        fault: Fault,
    },
    /// It unpacks to more than it may.
    #[error("{}: {what} exceeds the limit of {limit}", archive.display())]
    TooMuch {
        /// The sdist.
        archive: PathBuf,
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
    /// The archive breaks off, or is none.
    #[error("{}: damaged archive: {reason}", archive.display())]
    Damaged {
        /// The sdist.
        archive: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is no archive that pip knows.
    #[error("{}: cannot determine the archive's format", .0.display())]
    Format(PathBuf),
    /// There is neither a `pyproject.toml` nor a `setup.py`.
    #[error("{project} does not appear to be a Python project: neither 'setup.py' nor 'pyproject.toml' found")]
    NoProject {
        /// What was to be built.
        project: String,
    },
    /// `pyproject.toml` cannot be read (TOML), or `build-system` is no table that the specification allows.
    #[error("{project} has an invalid pyproject.toml file: {reason}")]
    Invalid {
        /// What was to be built.
        project: String,
        /// Why.
        reason: String,
    },
}

impl SourceError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Io { .. } => return None,
            Self::Refused { .. } => "no honest sdist has such a member: find out where it comes from",
            Self::TooMuch { .. }
            | Self::Container {
                fault:
                    Fault::TooMuch {
                        what: Excess::SIZE | Excess::RATIO,
                        ..
                    },
                ..
            } => "if you trust it, SNAPENV_MAX_UNPACKED_SIZE allows for more (such as 64G)",
            Self::Container { .. } => "another tool may read this archive differently; repack it if you trust it",
            Self::Damaged { .. } => "was it downloaded completely?",
            Self::Format(_) => "sdists are .tar.gz, .zip, .tar.bz2 or .tar.xz files",
            Self::NoProject { .. } => "#subdirectory=FOLDER behind the URL names the project's folder within it",
            Self::Invalid { .. } => "see https://packaging.python.org/specifications/pyproject-toml/",
        };
        Some(text.to_owned())
    }
}
