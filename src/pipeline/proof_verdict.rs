//! What is said of an environment that was verified.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::environment::proof::{Difference, What};
use crate::key::SnapshotKey;

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// The environment.
    pub environment: PathBuf,
    /// The snapshots that it was assembled from, as far as it says.
    pub snapshots: Vec<SnapshotKey>,
    /// Files that were compared.
    pub files: usize,
    /// Files that are not as they should be.
    pub differences: Vec<Placed>,
    /// Bytecode that Python has written since.
    pub bytecode: Vec<PathBuf>,
    /// Whether everything could be compared.
    pub coverage: Coverage,
    /// Files of which only is known that they are there.
    pub unchecked: usize,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// A difference, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Placed {
    /// In what.
    pub place: Place,
    /// What; its path is relative to an environment, else absolute.
    #[serde(flatten)]
    pub difference: Difference,
}

/// What a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The environment itself.
    Environment,
    /// The layer that it is over.
    Layer,
    /// What the store has for all environments.
    Store,
}

/// How much could be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// Everything.
    Full,
    /// Not everything; notes say why.
    Partial,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Everything is as it was assembled.
    Whole,
    /// Something is not.
    Changed,
    /// Nothing is known to be different, but not everything could be compared.
    Unsure,
}

impl Verdict {
    /// How it ended.
    pub fn standing(&self) -> Standing {
        if !self.differences.is_empty() {
            Standing::Changed
        } else if self.coverage == Coverage::Partial {
            Standing::Unsure
        } else {
            Standing::Whole
        }
    }

    fn count(&self, counts: impl Fn(What) -> bool) -> usize {
        let differences = self.differences.iter();
        differences.filter(|placed| counts(placed.difference.what)).count()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (environment, files) = (self.environment.display(), self.files);
        match self.standing() {
            Standing::Whole => write!(
                formatter,
                "{environment} is what was assembled: {files} files are as they were"
            )?,
            Standing::Changed => {
                let changed = self.count(|what| matches!(what, What::Changed(_)));
                let missing = self.count(|what| what == What::Missing);
                let added = self.count(|what| what == What::Added);
                let counts = [(changed, "changed"), (missing, "missing"), (added, "added")];
                let counts = counts.iter().filter(|(count, _)| *count > 0);
                let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
                let counts = counts.join(", ");
                write!(
                    formatter,
                    "{environment} is not what was assembled: {counts}; {files} files belong there"
                )?;
            }
            Standing::Unsure => write!(
                formatter,
                "cannot tell whether {environment} is what was assembled: nothing is different, but not everything could be compared ({} of {files} files are only known to be there)",
                self.unchecked
            )?,
        }
        if !self.bytecode.is_empty() {
            write!(formatter, "; {} more are bytecode that Python wrote", self.bytecode.len())?;
        }
        Ok(())
    }
}
