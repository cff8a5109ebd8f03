//! Whether a file is still the one that was seen before.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What changes when a file is replaced or rewritten: size, time, inode and device.
///
/// The change time is left out: hard-linking the file elsewhere would alter it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    size: u64,
    mtime: i64,
    mtime_ns: i64,
    inode: u64,
    device: u64,
}

impl Identity {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::from(&metadata))
    }
}

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        Self {
            size: metadata.size(),
            mtime: metadata.mtime(),
            mtime_ns: metadata.mtime_nsec(),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }
}

/// A file or folder that facts were read from: they hold for as long as it stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Witness {
    path: PathBuf,
    /// `None`: there was nothing.
    seen: Option<Identity>,
}

impl Witness {
    /// The path as it is now.
    pub(super) fn now(path: PathBuf) -> Self {
        let seen = Identity::of(&path).ok();
        Self { path, seen }
    }

    pub(super) fn still_holds(&self) -> bool {
        Identity::of(&self.path).ok() == self.seen
    }
}
