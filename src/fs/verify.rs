//! How closely files of the store are looked at before they are used.

use std::fmt;
use std::str::FromStr;

/// How closely files of the store are looked at before they are used (`--verify`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verify {
    /// Content, too: each tree must still have the digest of its archive.
    Full,
    /// Size, time, mode and owner of each file.
    #[default]
    Quick,
    /// Not at all.
    None,
}

/// A way to verify that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown way to verify '{0}' (full, quick or none)")]
pub struct UnknownVerify(String);

impl fmt::Display for Verify {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Full => "full",
            Self::Quick => "quick",
            Self::None => "none",
        })
    }
}

impl FromStr for Verify {
    type Err = UnknownVerify;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Full, Self::Quick, Self::None]
            .into_iter()
            .find(|verify| verify.to_string() == text)
            .ok_or_else(|| UnknownVerify(text.to_owned()))
    }
}
