//! Advisory locks that the kernel releases when their holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::error::{Context, FsError};
use super::inherit::{create_folders, settle_file};

/// An exclusive lock on a file, released when dropped or when the process dies (flock, close-on-exec).
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock at `path`, waiting for another holder; `on_wait` is called once before waiting.
    ///
    /// Returns `None` where the filesystem has no working locks: the caller then works unlocked.
    ///
    /// # Errors
    /// When the lock file cannot be created.
    pub fn acquire(path: &Path, on_wait: impl FnOnce()) -> Result<Option<Self>, FsError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        create_folders(folder).context("create folder", folder)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o644)
            .open(path)
            .context("open lock", path)?;
        // It may be another user's: then he has seen to it.
        let _ = settle_file(&file, folder);
        Ok(Self::take(file, on_wait))
    }

    /// Takes the lock on a folder itself, which leaves no file behind and needs no right to write; `on_wait` as above.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn on_folder(folder: &Path, on_wait: impl FnOnce()) -> Result<Option<Self>, FsError> {
        let file = File::open(folder).context("open folder", folder)?;
        Ok(Self::take(file, on_wait))
    }

    /// Takes the lock on a folder if nobody holds it.
    ///
    /// Returns `None` when somebody does, the folder cannot be opened, or there are no working locks.
    pub fn if_free(folder: &Path) -> Option<Self> {
        let file = File::open(folder).ok()?;
        file.try_lock().is_ok().then_some(Self { _file: file })
    }

    fn take(file: File, on_wait: impl FnOnce()) -> Option<Self> {
        match file.try_lock() {
            Ok(()) => return Some(Self { _file: file }),
            Err(TryLockError::WouldBlock) => on_wait(),
            Err(TryLockError::Error(_)) => return None,
        }
        file.lock().is_ok().then_some(Self { _file: file })
    }
}
