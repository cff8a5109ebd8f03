//! Where requirements files are, and who fetches them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use super::link::redact;

/// Where a requirements or constraints file is. (pip does not read one from standard input: `-` is a file's name.)
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// A local file, absolute.
    File(PathBuf),
    /// A URL: `http`, `https` or `file`.
    Url(Url),
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.fmt(formatter),
            Self::Url(url) => formatter.write_str(&redact(url.as_str())),
        }
    }
}

/// What a file's lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strength {
    /// To be installed (`-r`).
    Requirement,
    /// Only restricting what is installed anyway (`-c`).
    Constraint,
}

/// A requirements or constraints file and how it came to be read.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub place: Place,
    /// How pip calls it: as the user wrote it on the command line, absolute when another file includes it. May hold credentials.
    pub name: String,
    /// Whether its lines are requirements or constraints.
    pub strength: Strength,
    /// The file that includes it and the number of the line there; none when the command line names it.
    pub included_from: Option<(Arc<SourceFile>, usize)>,
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} {self}", self.strength)
    }
}

impl fmt::Display for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&redact(&self.name))
    }
}

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// Nothing is there, or it cannot be looked at.
    Missing,
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// The world as reading requirements needs it.
pub trait Loader {
    /// The content of a file or URL.
    ///
    /// # Errors
    /// When it cannot be had.
    fn load(&self, place: &Place) -> Result<Vec<u8>, LoadError>;

    /// The environment variable's value, where it is set and text.
    fn variable(&self, name: &str) -> Option<String>;

    /// What the absolute path is, links followed.
    fn kind(&self, path: &Path) -> PathKind;
}

/// Why a file or URL cannot be had, without the name of it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The operating system says no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Fetching failed.
    #[error("{0}")]
    Fetch(String),
}
