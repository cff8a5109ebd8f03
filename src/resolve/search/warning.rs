//! What is worth saying about an answer.

use std::fmt;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};

/// Something that is no error; `Display` is pip's wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// An extra that a distribution does not provide, and that is ignored.
    UnknownExtra {
        /// The project.
        project: PackageName,
        /// The version that was looked at.
        version: Version,
        /// The extra.
        extra: ExtraName,
    },
    /// A version that was passed over.
    InvalidMetadata {
        /// The project, as whoever required it spells it.
        project: String,
        /// The version.
        version: Version,
        /// What is wrong with it.
        reason: String,
    },
    /// A yanked file that was chosen.
    Yanked {
        /// The project.
        project: PackageName,
        /// The version.
        version: Version,
        /// Where the file is, without credentials.
        link: String,
        /// Why it was yanked; may be empty.
        reason: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownExtra { project, version, extra } => {
                write!(formatter, "{project} {version} does not provide the extra '{extra}'")
            }
            Self::InvalidMetadata {
                project,
                version,
                reason,
            } => write!(
                formatter,
                "Ignoring version {version} of {project} since it has invalid metadata:\n{reason}\n\
                 Please use pip<24.1 if you need to use this version."
            ),
            Self::Yanked {
                project,
                version,
                link,
                reason,
            } => write!(
                formatter,
                "The candidate selected for download or install is a yanked version: '{project}' candidate \
                 (version {version} at {link})\nReason for being yanked: {}",
                if reason.is_empty() { "<none given>" } else { reason }
            ),
        }
    }
}
