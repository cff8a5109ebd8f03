//! What is not as it should be.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// A file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// Where it is; relative to what was looked at.
    pub path: PathBuf,
    /// Whose it is: name and version.
    #[serde(rename = "distribution", skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What is different.
    #[serde(rename = "change")]
    pub what: What,
}

/// What is different about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It is gone.
    Missing,
    /// It does not belong there.
    Added,
    /// It is another one.
    #[serde(untagged)]
    Changed(Aspect),
}

/// What of a file is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// Its content, or where a link leads.
    Content,
    /// Its length, where nothing more was looked at.
    Size,
    /// Its modification time, likewise.
    Time,
    /// Its mode.
    Mode,
    /// It is a link, a folder or something else.
    Kind,
    /// It cannot be read.
    Unreadable,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::Changed(_) => "changed",
            What::Missing => "missing",
            What::Added => "added",
        };
        write!(formatter, "{what} {}", self.path.display())?;
        if let Some(owner) = &self.owner {
            write!(formatter, " ({owner})")?;
        }
        match self.what {
            What::Changed(aspect) => write!(formatter, ": {aspect}"),
            What::Missing | What::Added => Ok(()),
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Content => "content",
            Self::Size => "size",
            Self::Time => "time",
            Self::Mode => "mode",
            Self::Kind => "kind",
            Self::Unreadable => "cannot be read",
        })
    }
}
