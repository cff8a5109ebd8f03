//! Who resolves what is not known.

use std::str::FromStr;

/// Who resolves what is not known (`--resolver`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Resolver {
    /// snapenv itself, and pip where that is beyond it.
    #[default]
    Auto,
    /// pip only.
    Pip,
}

/// A resolver that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown resolver '{0}' (auto or pip)")]
pub struct UnknownResolver(String);

impl FromStr for Resolver {
    type Err = UnknownResolver;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "pip" => Ok(Self::Pip),
            _ => Err(UnknownResolver(text.to_owned())),
        }
    }
}
