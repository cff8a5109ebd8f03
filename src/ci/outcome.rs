//! What becomes of a run.

use serde::{Deserialize, Serialize};

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The environment was as it should be.
    Unchanged,
    /// All of it was known.
    Hit,
    /// Something had to be asked, fetched or built.
    Miss,
    /// It could not be made.
    Failed,
    /// It was not over when this was written.
    Unfinished,
}

impl Outcome {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
        }
    }

    /// Whether there is an environment now.
    pub fn has_environment(self) -> bool {
        match self {
            Self::Unchanged | Self::Hit | Self::Miss => true,
            Self::Failed | Self::Unfinished => false,
        }
    }
}
