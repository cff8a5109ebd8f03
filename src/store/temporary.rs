//! Stores for one run, where the one that is meant cannot be written.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::error::StoreError;
use super::layout::Layout;
use crate::fs::{Cleanup, Context, Lock, remove_tree};

/// How names of such folders begin.
const PREFIX: &str = "snapenv-store-";

/// What is younger than this may be of a process that has not locked it yet.
const YOUNG: Duration = Duration::from_hours(1);

/// A store that is gone when it is dropped, or a signal ends the run. It is locked until then: what a killed process left behind can be told
/// apart.
#[derive(Debug)]
pub(super) struct Temporary {
    layout: Layout,
    folder: TempDir,
    _lock: Option<Lock>,
    _cleanup: Cleanup,
}

impl Temporary {
    /// An empty one in the folder `parent`. Those that killed processes left there before `now` (seconds since 1970) are removed.
    pub(super) fn new(parent: &Path, now: u64) -> Result<Self, StoreError> {
        sweep(parent, now);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(parent)
            .context("create a temporary folder in", parent)?;
        Ok(Self {
            layout: Layout::new(folder.path()),
            _lock: Lock::if_free(folder.path()),
            _cleanup: Cleanup::remove(folder.path()),
            folder,
        })
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Read-only folders may be inside.
        let _ = remove_tree(self.folder.path());
    }
}

/// Removes stores of this user that nobody holds. What cannot be removed stays.
fn sweep(parent: &Path, now: u64) {
    let me = rustix::process::geteuid().as_raw();
    let limit = (SystemTime::UNIX_EPOCH + Duration::from_secs(now)).checked_sub(YOUNG);
    let (Some(limit), Ok(entries)) = (limit, fs::read_dir(parent)) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let is_store = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_store {
            continue;
        }
        // A link is not followed: it is no folder.
        let Ok(metadata) = entry.metadata() else { continue };
        let old = metadata.modified().is_ok_and(|modified| modified < limit);
        if !metadata.is_dir() || metadata.uid() != me || !old {
            continue;
        }
        let path = entry.path();
        if let Some(_abandoned) = Lock::if_free(&path) {
            let _ = remove_tree(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_runs_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let parent = folder.path();
        let now = |path: &Path| {
            let modified = fs::metadata(path).unwrap().modified().unwrap();
            modified.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
        };
        let mut names = ["snapenv-store-killed", "snapenv-other", "snapenv-store-file"].map(|name| parent.join(name));
        fs::create_dir_all(names[0].join("v1/tmp")).unwrap();
        fs::create_dir(&names[1]).unwrap();
        fs::write(&names[2], "").unwrap();
        let held = Temporary::new(parent, now(parent)).unwrap();
        assert!(names.iter().all(|name| name.exists()), "they are young");
        let later = now(parent) + YOUNG.as_secs() + 60;
        let next = Temporary::new(parent, later).unwrap();
        assert_eq!(names.each_mut().map(|name| name.exists()), [false, true, true]);
        assert!(held.layout().root().is_dir() && next.layout().root().is_dir());
        let gone = held.layout().root().to_owned();
        drop(held);
        assert!(!gone.exists());
    }
}
