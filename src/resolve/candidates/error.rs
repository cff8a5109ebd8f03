//! Why there are no candidates to choose from.

use pep508_rs::PackageName;

/// Listings that pip refuses, or that only pip can read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CandidatesError {
    /// `--uploaded-prior-to` with an index that does not tell times; pip fails too, in these words.
    #[error("Index {place} does not provide upload-time metadata.")]
    NoUploadTime {
        /// The index, without credentials.
        place: String,
    },
    /// Whether a file was uploaded in time depends on the time zone, which `--uploaded-prior-to` leaves open: pip has to answer.
    #[error("whether {file} was uploaded in time depends on the time zone")]
    LocalTime {
        /// The file.
        file: String,
    },
    /// A file whose name (or `Requires-Python`) pip can read and snapenv cannot: pip has to answer.
    #[error("snapenv cannot read what {place} says of {file} for {project}")]
    Beyond {
        /// The project.
        project: PackageName,
        /// The place, without credentials.
        place: String,
        /// The file.
        file: String,
    },
}

impl CandidatesError {
    /// Whether pip may answer where snapenv cannot; it fails as well otherwise.
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Self::Beyond { .. } | Self::LocalTime { .. })
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoUploadTime { .. } => {
                Some("leave --uploaded-prior-to out, or use an index with upload times (PEP 700)".to_owned())
            }
            Self::Beyond { .. } | Self::LocalTime { .. } => None,
        }
    }
}
