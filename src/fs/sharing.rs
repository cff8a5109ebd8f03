//! Who may write a store.

use std::fmt;
use std::str::FromStr;

/// Who may write a store (`shared` in settings files).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Its owner: a folder that others may write is not trusted.
    #[default]
    Owner,
    /// The group of its folder, too: each member is trusted with what all others install.
    Group,
}

/// A way to share that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a store cannot be shared with '{0}' (group or no)")]
pub struct UnknownSharing(String);

impl fmt::Display for Sharing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Owner => "no",
            Self::Group => "group",
        })
    }
}

impl FromStr for Sharing {
    type Err = UnknownSharing;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Owner, Self::Group]
            .into_iter()
            .find(|sharing| sharing.to_string() == text)
            .ok_or_else(|| UnknownSharing(text.to_owned()))
    }
}
