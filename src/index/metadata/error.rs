//! What can go wrong with METADATA.

use crate::index::{FetchError, redact};
use crate::wheel::{InvalidMetadata, WheelError};

/// METADATA that cannot be had or used; every URL in it is redacted.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// It, or the wheel, could not be fetched, or is not what the index promises.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It lacks what it must have.
    #[error("{place}: {problem}")]
    Invalid {
        /// Where it is.
        place: String,
        /// What is wrong with it.
        problem: InvalidMetadata,
    },
    /// The wheel cannot be read.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// The link's text is no URL.
    #[error("'{0}' is no URL")]
    Address(String),
    /// A temporary file could not be made.
    #[error(transparent)]
    Fs(#[from] crate::fs::FsError),
}

impl MetadataError {
    pub(super) fn invalid(place: &str, problem: InvalidMetadata) -> Self {
        let place = redact(place);
        Self::Invalid { place, problem }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Fetch(error) => error.hint(),
            Self::Fs(error) => error.hint(),
            Self::Invalid { .. } | Self::Wheel(_) => Some("the file is broken on the index; ask for another version".to_owned()),
            Self::Address(_) => Some("tell whoever runs the index".to_owned()),
        }
    }
}
