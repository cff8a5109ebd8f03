//! What runs did and took: a line each, for who wants to know what the store is worth.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::str::FromStr;

use super::open::Store;
use crate::fs::settle_file;

/// At this size a log is put aside, in place of the one before.
const LONG: u64 = 1 << 20;

/// A run that made or filled an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// When, in seconds since 1970.
    pub at: u64,
    /// Whether its request was known.
    pub outcome: Outcome,
    /// Distributions of the environment.
    pub distributions: u64,
    /// Those of them that had to be made.
    pub made: u64,
    /// What it took.
    pub milliseconds: u64,
    /// What making all of its distributions once took.
    pub cost: u64,
}

/// Whether a request was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was.
    Hit,
    /// It was not.
    Miss,
}

/// A line that is no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidRun;

impl Run {
    /// Milliseconds that nobody had to wait.
    pub fn saved(&self) -> u64 {
        match self.outcome {
            Outcome::Hit => self.cost.saturating_sub(self.milliseconds),
            Outcome::Miss => 0,
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            Outcome::Hit => "hit",
            Outcome::Miss => "miss",
        };
        let Self {
            at,
            distributions,
            made,
            milliseconds,
            cost,
            ..
        } = self;
        write!(formatter, "{at} {outcome} {distributions} {made} {milliseconds} {cost}")
    }
}

impl FromStr for Run {
    type Err = InvalidRun;

    fn from_str(line: &str) -> Result<Self, InvalidRun> {
        let mut words = line.split(' ');
        let mut word = || words.next().ok_or(InvalidRun);
        let number = |word: &str| word.parse().map_err(|_| InvalidRun);
        let run = Self {
            at: number(word()?)?,
            outcome: match word()? {
                "hit" => Outcome::Hit,
                "miss" => Outcome::Miss,
                _ => return Err(InvalidRun),
            },
            distributions: number(word()?)?,
            made: number(word()?)?,
            milliseconds: number(word()?)?,
            cost: number(word()?)?,
        };
        word().map_or(Ok(run), |_| Err(InvalidRun))
    }
}

impl Store {
    /// Adds a run to the log. Where that cannot be written, nobody will know.
    pub fn note_run(&self, run: &Run) {
        let path = self.home().runs();
        let log = OpenOptions::new().append(true).create(true).mode(0o644).open(&path);
        if let (Ok(log), Some(folder)) = (&log, path.parent()) {
            // It may be another user's: then he has seen to it.
            let _ = settle_file(log, folder);
        }
        if let Ok(mut log) = log
            && writeln!(log, "{run}").is_ok()
            && log.metadata().is_ok_and(|metadata| metadata.len() > LONG)
        {
            let _ = fs::rename(&path, self.former_runs());
        }
    }

    /// The runs that are in the log, the oldest first.
    pub fn runs(&self) -> Vec<Run> {
        let logs = [self.former_runs(), self.home().runs()];
        let texts = logs.iter().filter_map(|path| fs::read_to_string(path).ok());
        texts
            .flat_map(|text| text.lines().filter_map(|line| line.parse().ok()).collect::<Vec<_>>())
            .collect()
    }

    fn former_runs(&self) -> PathBuf {
        self.home().runs().with_extension("log.1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Shelf;

    fn run(at: u64, outcome: Outcome) -> Run {
        Run {
            at,
            outcome,
            distributions: 74,
            made: 3,
            milliseconds: 250,
            cost: 61_000,
        }
    }

    #[test]
    fn runs_are_read_as_they_were_written() {
        let shelf = Shelf::new();
        let runs = [run(1, Outcome::Miss), run(2, Outcome::Hit)];
        shelf.store.note_run(&runs[0]);
        let mut log = OpenOptions::new().append(true).open(shelf.store.home().runs()).unwrap();
        log.write_all(b"torn 3 hi\n1 hit 2 3 4\n1 hit 2 3 4 5 6\n").unwrap();
        shelf.store.note_run(&runs[1]);
        assert_eq!(shelf.store.runs(), runs);
        assert_eq!(runs.map(|run| run.saved()), [0, 60_750]);
    }

    #[test]
    fn the_log_does_not_grow_for_ever() {
        let shelf = Shelf::new();
        fs::write(
            shelf.store.home().runs(),
            format!("{}\n", run(1, Outcome::Hit)).repeat(50_000),
        )
        .unwrap();
        shelf.store.note_run(&run(2, Outcome::Hit));
        shelf.store.note_run(&run(3, Outcome::Hit));
        let runs = shelf.store.runs();
        assert_eq!(runs.len(), 50_002);
        assert_eq!(runs.last().map(|run| run.at), Some(3));
        assert!(fs::metadata(shelf.store.home().runs()).unwrap().len() < 100);
    }
}
