//! Looking at an entry while others may replace or remove it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::fs::Soundness;

/// How a file or folder is told from another of the same name; one that is not there is told from all that are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(Option<(u64, u64, u64, i64, i64)>);

impl Stamp {
    /// That of what is at a path now.
    pub fn of(path: &Path) -> Self {
        let Ok(found) = fs::symlink_metadata(path) else {
            return Self(None);
        };
        // Times of folders change with what happens in them; a folder that was replaced is another.
        let (size, mtime, nanoseconds) = if found.is_dir() {
            (0, 0, 0)
        } else {
            (found.size(), found.mtime(), found.mtime_nsec())
        };
        Self(Some((found.dev(), found.ino(), size, mtime, nanoseconds)))
    }
}

/// Something that was damaged and is replaced as often is somebody else's business.
const LOOKS: usize = 5;

/// In this time, whoever writes two files one after the other is done.
const MOMENT: Duration = Duration::from_millis(100);

/// What an entry turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is as it was written; so many bytes were read.
    Whole(u64),
    /// It is of a newer format.
    Newer,
    /// It vanished.
    Gone,
    /// It is not what was written.
    Damaged(String),
    /// It is whole, but something that it needs is not there.
    Incomplete(String),
    /// It cannot be read.
    Unreadable(String),
}

impl Seen {
    /// What it means that a file cannot be read.
    pub(super) fn failed(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Gone,
            io::ErrorKind::PermissionDenied => Self::Unreadable(error.to_string()),
            _ => Self::Damaged(error.to_string()),
        }
    }

    /// What it means that its text was looked at.
    pub(super) fn of(soundness: Soundness, bytes: u64) -> Self {
        match soundness {
            Soundness::Whole => Self::Whole(bytes),
            Soundness::Newer => Self::Newer,
            Soundness::Damaged(reason) => Self::Damaged(reason.to_owned()),
        }
    }
}

/// Looks at an entry until what is seen is not a change that is under way. The first path is that without which it is not found any more.
pub(super) fn look(paths: &[&Path], check: &dyn Fn() -> Seen) -> Seen {
    let mut seen = Seen::Gone;
    for _ in 0..LOOKS {
        let before = stamps(paths);
        seen = check();
        if !matches!(seen, Seen::Damaged(_) | Seen::Incomplete(_)) {
            return seen;
        }
        thread::sleep(MOMENT);
        let after = stamps(paths);
        if after.first() == Some(&Stamp(None)) {
            return Seen::Gone;
        }
        if after == before {
            return seen;
        }
    }
    seen
}

fn stamps(paths: &[&Path]) -> Vec<Stamp> {
    paths.iter().map(|path| Stamp::of(path)).collect()
}
