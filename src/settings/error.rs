//! Errors of reading settings.

use std::path::PathBuf;

use super::age::InvalidAge;
use super::pip_config::PipConfigError;
use super::resolver::UnknownResolver;
use super::size::InvalidSize;
use crate::fs::{UnknownForm, UnknownSharing, UnknownVerify};
use crate::interpreter::InterpreterError;

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// pip's configuration.
    #[error(transparent)]
    PipConfig(#[from] PipConfigError),
    /// `-p`.
    #[error(transparent)]
    Python(#[from] InterpreterError),
    /// `--max-age`.
    #[error("--max-age: {0}")]
    Age(#[from] InvalidAge),
    /// A size, of the option that names it.
    #[error("{option}: {source}")]
    Size {
        /// The option.
        option: &'static str,
        /// What is wrong.
        source: InvalidSize,
    },
    /// `--link-mode`.
    #[error("--link-mode: {0}")]
    LinkMode(#[from] UnknownForm),
    /// `shared`.
    #[error("shared: {0}")]
    Sharing(#[from] UnknownSharing),
    /// `--verify`.
    #[error("--verify: {0}")]
    Verify(#[from] UnknownVerify),
    /// `--resolver` or `SNAPENV_RESOLVER` names nobody.
    #[error(transparent)]
    Resolver(#[from] UnknownResolver),
    /// An option of ours with a value that it cannot have.
    #[error("{option}: {reason}")]
    Option {
        /// Its name.
        option: &'static str,
        /// What is wrong with its value.
        reason: &'static str,
    },
    /// A variable of ours with a value that it cannot have.
    #[error("{variable}: {reason}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// A settings file cannot be read, or says what is no setting.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The current folder is gone.
    #[error("the current folder cannot be found: {0}")]
    CurrentDir(std::io::Error),
    /// A requirement stands where the environment's folder belongs.
    #[error("'{0}' stands where the environment's folder belongs, and is a requirement")]
    NotAFolder(String),
    /// Options that exclude each other.
    #[error("{0} and {1} exclude each other")]
    Excluding(&'static str, &'static str),
}

impl SettingsError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::PipConfig(error) => error.hint(),
            Self::Python(error) => error.hint(),
            Self::CurrentDir(_) => Some("change to a folder that exists".to_owned()),
            Self::NotAFolder(requirement) => Some(format!(
                "name the folder first: snapenv venv .venv '{requirement}' (a folder of that name: './{requirement}')"
            )),
            Self::Age(_)
            | Self::Size { .. }
            | Self::LinkMode(_)
            | Self::Sharing(_)
            | Self::Verify(_)
            | Self::Resolver(_)
            | Self::Option { .. }
            | Self::Variable { .. }
            | Self::Excluding(..)
            | Self::File { .. } => None,
        }
    }
}
