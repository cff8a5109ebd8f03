//! Noting what is used, so that it is kept (`docs/upkeep.md`).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW};

use super::open::Store;
use crate::key::{DistributionKey, DistributionPreimage, RequestKey, SnapshotKey};

/// Nobody has to know more exactly than to so many seconds.
const EXACT: u64 = 600;

impl Store {
    /// Notes that an answer is used; `now` is in seconds since 1970, as below.
    pub fn note_answer(&self, request: RequestKey, snapshot: SnapshotKey, now: u64) {
        let home = self.home();
        note(&home.request(request), now);
        self.note_snapshot(snapshot, now);
    }

    /// Notes that a snapshot is used.
    pub fn note_snapshot(&self, snapshot: SnapshotKey, now: u64) {
        note(&self.home().snapshot(snapshot), now);
    }

    /// Notes that a distribution is used for something new.
    pub fn note_distribution(&self, key: DistributionKey, preimage: &DistributionPreimage, now: u64) {
        note(&self.home().record(key, preimage), now);
    }
}

/// Where it cannot be noted, something is made again that might have been kept.
fn note(path: &Path, now: u64) {
    let Ok(found) = fs::symlink_metadata(path) else { return };
    if u64::try_from(found.mtime()).unwrap_or_default().abs_diff(now) > EXACT {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        let _ = rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW);
    }
}
