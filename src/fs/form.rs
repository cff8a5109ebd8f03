//! Forms of environments: self-contained, or layered over the store.

use std::fmt;
use std::str::FromStr;

use super::link::LinkMode;

/// The form of an environment (`--link-mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It has all files itself.
    Flat(LinkMode),
    /// It has its scripts and data; its modules are in the store, merged once for all environments of the same snapshot.
    Layered,
}

/// How the files of an environment got there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Each by this mode.
    Links(LinkMode),
    /// They are in the store's merged layer.
    Layer,
    /// All at once: a spare, whose files had got there by this mode.
    Spare(LinkMode),
}

/// A form that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown link mode '{0}' (hardlink, clone, copy or layered)")]
pub struct UnknownForm(String);

impl Default for Form {
    fn default() -> Self {
        Self::Flat(LinkMode::DEFAULT)
    }
}

impl Form {
    /// The mode by which single files get from the store into an environment of this form.
    pub fn link_mode(self) -> LinkMode {
        match self {
            Self::Flat(mode) => mode,
            Self::Layered => LinkMode::DEFAULT,
        }
    }
}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "layered" => Ok(Self::Layered),
            other => other.parse().map(Self::Flat).map_err(|_| UnknownForm(other.to_owned())),
        }
    }
}

impl fmt::Display for Means {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Links(mode) => mode.fmt(formatter),
            Self::Layer => formatter.write_str("layered"),
            Self::Spare(mode) => write!(formatter, "{mode}, from a spare"),
        }
    }
}
