//! What can be wrong with pip's configuration.

use std::path::PathBuf;

use super::Source;

/// A configuration that pip refuses, in pip's words.
///
/// Lines of a file are named by number and not quoted: they may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PipConfigError {
    /// The file is not UTF-8.
    #[error("Configuration file contains invalid utf-8 characters in {}.", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
    },
    /// The file is not in the format of Python's `configparser`.
    #[error("Configuration file could not be loaded.\n{reason}\nfile: '{}', line: {line}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A switch holds something that is no truth value.
    #[error(
        "{value} is not a valid value for {name} option, please specify a boolean value like yes/no, true/false or 1/0 instead. \
         ({origin})"
    )]
    NotBoolean {
        /// The option as written.
        name: String,
        /// Its value.
        value: String,
        /// Where it comes from.
        origin: Source,
    },
    /// A counter such as `verbose` holds something that is no count.
    #[error(
        "{value} is not a valid value for {name} option, please instead specify either a non-negative integer or a boolean value \
         like yes/no or false/true which is equivalent to 1/0. ({origin})"
    )]
    NotCount {
        /// The option as written.
        name: String,
        /// Its value.
        value: String,
        /// Where it comes from.
        origin: Source,
    },
    /// A value that the option's type does not allow.
    #[error("An error occurred during configuration: option {name}: {reason}. ({origin})")]
    Invalid {
        /// The option as written.
        name: String,
        /// What is wrong with the value, as Python's `optparse` says it.
        reason: String,
        /// Where it comes from.
        origin: Source,
    },
}

impl PipConfigError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Encoding { path } => format!("save '{}' as UTF-8", path.display()),
            Self::Syntax { path, line, .. } => format!(
                "correct line {line} of '{}', or set PIP_CONFIG_FILE=/dev/null to do without configuration files",
                path.display()
            ),
            Self::NotBoolean { origin, .. } | Self::NotCount { origin, .. } | Self::Invalid { origin, .. } => match origin {
                Source::File { path, .. } => format!("correct the value in '{}'", path.display()),
                Source::Variable(name) => format!("correct or unset {name}"),
            },
        })
    }
}
