//! The line at the end: what was done and what it cost.

use std::fmt;
use std::time::Duration;

use super::supplied::Supplied;
use crate::fs::Means;

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// What was done.
    pub deed: Deed,
    /// The environment, as the user named it.
    pub environment: String,
    /// The distributions that were asked for, with all that they need.
    pub distributions: Vec<Supplied>,
    /// Distributions that were in the store.
    pub hits: usize,
    /// Distributions that had to be made.
    pub misses: usize,
    /// Files of the environment.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes fetched from an index.
    pub fetched: u64,
    /// Wall time of the whole run.
    pub elapsed: Duration,
    /// What making its distributions once took.
    pub cost: Duration,
    /// How files got there.
    pub means: Means,
    /// How the request was answered.
    pub answer: AnsweredBy,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// An environment was made.
    Assembled,
    /// Distributions were added to one.
    Added,
    /// A layered one was made flat.
    Materialized,
}

/// How a request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnsweredBy {
    /// The request was known.
    Known,
    /// The request was known; its answer is of this age.
    KnownSince(Duration),
    /// The request was known; what its answer was made from is as it was.
    Revalidated,
    /// Checked in process: everything was pinned and recorded.
    Pinned,
    /// Resolved here, as pip of this version would have.
    Native(String),
    /// By pip of this version.
    Pip(String),
    /// It was not asked: what an environment has already was at hand.
    Itself,
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.hits + self.misses;
        write!(
            formatter,
            "{} {}: {} {} ({}, {}), {} files, {}, {} fetched, {:.2} s, {}",
            match self.deed {
                Deed::Assembled => "Assembled",
                Deed::Added => "Added to",
                Deed::Materialized => "Materialized",
            },
            self.environment,
            counted(total, "distribution", "distributions"),
            self.answer,
            counted(self.hits, "hit", "hits"),
            counted(self.misses, "miss", "misses"),
            self.files,
            bytes(self.bytes),
            bytes(self.fetched),
            self.elapsed.as_secs_f64(),
            self.means
        )
    }
}

impl fmt::Display for AnsweredBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known => formatter.write_str("from a known request"),
            Self::KnownSince(age) => write!(formatter, "from an answer of {} ago", duration(*age)),
            Self::Revalidated => formatter.write_str("from a known request, which the index confirms"),
            Self::Pinned => formatter.write_str("from known pins"),
            Self::Itself => formatter.write_str("of its layer"),
            Self::Native(version) => write!(formatter, "resolved as by pip {version}"),
            Self::Pip(version) => write!(formatter, "as pip {version} resolved"),
        }
    }
}

/// A number with its noun.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Bytes in the largest decimal unit that gives at least one.
pub fn bytes(count: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match units.iter().find(|(_, size)| count >= *size) {
        // Tenths, in whole numbers.
        Some((unit, size)) => {
            let tenths = count / (size / 10);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{count} B"),
    }
}

/// An age in the largest unit of which it has two.
pub fn duration(age: Duration) -> String {
    let seconds = age.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("min", 60)];
    match units.iter().find(|(_, size)| seconds >= 2 * size) {
        Some((unit, size)) => format!("{} {unit}", seconds / size),
        None => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_decimal() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.0 kB");
        assert_eq!(bytes(123_456_789), "123.4 MB");
        assert_eq!(duration(Duration::from_secs(119)), "119 s");
        assert_eq!(duration(Duration::from_hours(48)), "2 d");
    }
}
