//! Stores for one run, where the one that is meant cannot be written.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use tempfile::TempDir;

use super::error::StoreError;
use super::layout::Layout;
use crate::fs::{Cleanup, Leftovers, Lock, own_folder, remove_tree};

/// How names of such folders begin.
const PREFIX: &str = "snapenv-store-";

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
        let (folder, lock) = own_folder(parent, PREFIX)?;
        Ok(Self {
            layout: Layout::new(folder.path()),
            _lock: lock,
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
fn sweep(folder: &Path, now: u64) {
    let me = rustix::process::geteuid().as_raw();
    Leftovers { folder, now }.remove_those(|entry| {
        // A link is not followed: it is no folder.
        let ours = |found: std::fs::Metadata| found.is_dir() && found.uid() == me;
        let is_store = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        is_store && entry.metadata().is_ok_and(ours)
    });
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_killed_runs_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let parent = folder.path();
        let names = ["snapenv-store-killed", "snapenv-other", "snapenv-store-file"].map(|name| parent.join(name));
        let held = Temporary::new(parent, 0).unwrap();
        fs::create_dir_all(names[0].join("v1/tmp")).unwrap();
        fs::create_dir(&names[1]).unwrap();
        fs::write(&names[2], "").unwrap();
        let next = Temporary::new(parent, 0).unwrap();
        assert_eq!(names.map(|name| name.exists()), [false, true, true]);
        assert!(held.layout().root().is_dir() && next.layout().root().is_dir());
        let gone = held.layout().root().to_owned();
        drop(held);
        assert!(!gone.exists());
    }
}
