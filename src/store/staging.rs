//! Folders for what is being written.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::StoreError;
use super::open::Store;
use crate::fs::{Cleanup, Leftovers, Lock, own_folder, remove_tree};

/// A private folder in the store's `tmp/`; what is still in it when it is dropped is removed.
///
/// Its name says which process on which host made it, for whoever looks at it. It is locked while that process lives: what a dead one
/// left is told by that.
#[derive(Debug)]
pub struct Staging {
    folder: TempDir,
    _lock: Option<Lock>,
    _cleanup: Cleanup,
}

impl Staging {
    pub(super) fn new(parent: &Path) -> Result<Self, StoreError> {
        let (folder, lock) = signed_folder(parent)?;
        let cleanup = Cleanup::remove(folder.path());
        Ok(Self {
            folder,
            _lock: lock,
            _cleanup: cleanup,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path within the folder.
    pub fn join(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Makes a folder whose name says who made it, and locks it.
pub(super) fn signed_folder(parent: &Path) -> Result<(TempDir, Option<Lock>), StoreError> {
    let system = rustix::system::uname();
    let host: String = system
        .nodename()
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    Ok(own_folder(parent, &format!("{host:.32}-{}-", std::process::id()))?)
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Read-only trees may be inside; `TempDir` would remove them too, one file at a time.
        let _ = remove_tree(self.folder.path());
    }
}

impl Store {
    /// Removes what dead processes left: in the folders for what is being written and for what is on its way out, and lock files; `now` in
    /// seconds since 1970. Where nothing was left, that is a look into three empty folders. What cannot be removed stays.
    pub fn sweep(&self, now: u64) {
        let home = self.home();
        for folder in [home.staging(), home.trash(), home.locks()] {
            Leftovers { folder: &folder, now }.remove();
        }
    }
}
