//! Folders for what is being written.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::error::StoreError;
use super::open::Store;
use crate::fs::{Cleanup, Context, Lock, create_folders, remove_tree};

/// What is younger than this may be of a process that has not locked it yet, or be a record about to be renamed.
const YOUNG: Duration = Duration::from_hours(1);

/// A private folder in the store's `tmp/`; what is still in it when it is dropped is removed.
///
/// Its name says which process on which host made it, and it is locked while that process lives: what a killed process left behind
/// can be told apart.
#[derive(Debug)]
pub struct Staging {
    folder: TempDir,
    _lock: Option<Lock>,
    _cleanup: Cleanup,
}

impl Staging {
    pub(super) fn new(parent: &Path) -> Result<Self, StoreError> {
        let (folder, lock) = own_folder(parent)?;
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
pub(super) fn own_folder(parent: &Path) -> Result<(TempDir, Option<Lock>), StoreError> {
    create_folders(parent).context("create folder", parent)?;
    let system = rustix::system::uname();
    let host: String = system
        .nodename()
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let prefix = format!("{host:.32}-{}-", std::process::id());
    let folder = tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(parent)
        .context("create a temporary folder in", parent)?;
    let lock = Lock::if_free(folder.path());
    Ok((folder, lock))
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Read-only trees may be inside; `TempDir` would remove them too, one file at a time.
        let _ = remove_tree(self.folder.path());
    }
}

impl Store {
    /// Removes what killed processes left in the folders for what is being written and for what is on its way out; `now` in seconds since 1970. It is cheap, but no
    /// part of a hit. What cannot be removed stays.
    pub fn sweep(&self, now: u64) {
        let Some(limit) = (SystemTime::UNIX_EPOCH + Duration::from_secs(now)).checked_sub(YOUNG) else {
            return;
        };
        let folders = [self.home().staging(), self.home().trash()];
        let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        for entry in entries.filter_map(Result::ok) {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.modified().is_ok_and(|modified| modified > limit) {
                continue;
            }
            let path = entry.path();
            if !metadata.is_dir() {
                let _ = fs::remove_file(path);
            } else if let Some(_abandoned) = Lock::if_free(&path) {
                let _ = remove_tree(&path);
            }
        }
    }
}
