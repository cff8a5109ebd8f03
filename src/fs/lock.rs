//! Advisory locks that the kernel releases when their holder dies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::error::{Context, FsError};
use super::inherit::{create_folders, settle_file};

/// An exclusive lock on a file, released when dropped or when the process dies (flock, close-on-exec).
#[derive(Debug)]
pub struct Lock {
    file: File,
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
        let mut on_wait = Some(on_wait);
        loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o644)
                .open(path)
                .context("open lock", path)?;
            // It may be another user's: then he has seen to it.
            let _ = settle_file(&file, folder);
            let taken = Self::take(file, || {
                if let Some(on_wait) = on_wait.take() {
                    on_wait();
                }
            });
            // It may have been removed before it was locked: others lock another file by then.
            match taken {
                Some(lock) if !lock.is_at(path) => {}
                taken => return Ok(taken),
            }
        }
    }

    /// Takes the lock on a folder itself, which leaves no file behind and needs no right to write; `on_wait` as above.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn on_folder(folder: &Path, on_wait: impl FnOnce()) -> Result<Option<Self>, FsError> {
        let file = File::open(folder).context("open folder", folder)?;
        Ok(Self::take(file, on_wait))
    }

    /// Tries to take the lock on a folder.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn attempt(folder: &Path) -> Result<Attempt, FsError> {
        let file = File::open(folder).context("open folder", folder)?;
        Ok(match file.try_lock() {
            Ok(()) => Attempt::Taken(Self { file }),
            Err(TryLockError::WouldBlock) => Attempt::Busy,
            Err(TryLockError::Error(_)) => Attempt::Unsupported,
        })
    }

    /// Takes the lock on a folder if nobody holds it.
    ///
    /// Returns `None` when somebody does, the folder cannot be opened, or there are no working locks.
    pub fn if_free(folder: &Path) -> Option<Self> {
        let file = File::open(folder).ok()?;
        file.try_lock().is_ok().then_some(Self { file })
    }

    /// Removes a lock file that nobody holds.
    ///
    /// # Errors
    /// When it cannot be opened or removed.
    pub fn remove_if_free(path: &Path) -> io::Result<bool> {
        let lock = Self { file: File::open(path)? };
        let free = lock.file.try_lock().is_ok() && lock.is_at(path);
        if free {
            fs::remove_file(path)?;
        }
        Ok(free)
    }

    /// Whether the file is still the one at `path`.
    fn is_at(&self, path: &Path) -> bool {
        let same = |there: fs::Metadata| {
            self.file
                .metadata()
                .is_ok_and(|ours| (ours.dev(), ours.ino()) == (there.dev(), there.ino()))
        };
        fs::symlink_metadata(path).is_ok_and(same)
    }

    fn take(file: File, on_wait: impl FnOnce()) -> Option<Self> {
        match file.try_lock() {
            Ok(()) => return Some(Self { file }),
            Err(TryLockError::WouldBlock) => on_wait(),
            Err(TryLockError::Error(_)) => return None,
        }
        file.lock().is_ok().then_some(Self { file })
    }
}

/// How an attempt to take a lock went.
#[derive(Debug)]
pub enum Attempt {
    /// It is ours.
    Taken(Lock),
    /// Somebody else has it.
    Busy,
    /// There are no working locks here.
    Unsupported,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_that_was_removed_meanwhile_is_locked_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::acquire(&path, || panic!("nobody holds it")).unwrap().unwrap();
        assert!(!Lock::remove_if_free(&path).unwrap());
        let waiter = std::thread::spawn({
            let path = path.clone();
            move || Lock::acquire(&path, || ()).unwrap().unwrap()
        });
        std::thread::sleep(std::time::Duration::from_millis(100));
        fs::remove_file(&path).unwrap();
        drop(first);
        let second = waiter.join().unwrap();
        assert!(second.is_at(&path));
        drop(second);
        assert!(Lock::remove_if_free(&path).unwrap());
        assert!(!path.exists());
    }
}
