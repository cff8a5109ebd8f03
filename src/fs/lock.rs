//! Advisory locks that the kernel releases when their holder dies.
//!
//! # Filesystems
//! Not all of them have locks, and some only say so when one is asked for. Whoever gets none goes on without: what is written is renamed into
//! place whole, and never over what somebody else has written meanwhile. That locks are missing is found out, and told, once per process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::fs::OFlags;
use rustix::io::{FdFlags, fcntl_setfd};

use super::error::{Context, FsError};
use super::inherit::{create_folders, settle_file};

/// Whether locks are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Locking {
    /// They are, where there are some.
    #[default]
    Used,
    /// They were asked for in vain.
    Missing,
    /// They are not asked for.
    Forgone,
}

/// A process has all its locks, or does without them: what one thread did unlocked, no lock of another would protect.
static LOCKING: AtomicU8 = AtomicU8::new(Locking::Used as u8);

impl Locking {
    /// How it stands in this process.
    pub fn of_process() -> Self {
        match LOCKING.load(Ordering::Relaxed) {
            used if used == Self::Used as u8 => Self::Used,
            missing if missing == Self::Missing as u8 => Self::Missing,
            _ => Self::Forgone,
        }
    }

    /// This process asks for no locks any more.
    pub fn forgo() {
        LOCKING.store(Self::Forgone as u8, Ordering::Relaxed);
    }

    fn miss() {
        let (used, missing) = (Self::Used as u8, Self::Missing as u8);
        let _ = LOCKING.compare_exchange(used, missing, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// An exclusive lock on a file or folder, released when dropped or when the process dies (flock, close-on-exec).
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// A file that is there for the lock's sake alone.
    made: Option<PathBuf>,
}

impl Lock {
    /// Takes the lock at `path`, waiting for another holder; `on_wait` is called once before waiting. The file goes with the lock.
    ///
    /// Returns `None` where the filesystem has no working locks: the caller then works unlocked.
    ///
    /// # Errors
    /// When the lock file cannot be created.
    pub fn acquire(path: &Path, on_wait: impl FnOnce()) -> Result<Option<Self>, FsError> {
        if Locking::of_process() == Locking::Forgone {
            return Ok(None);
        }
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
            let taken = Self::wait(file, || {
                if let Some(on_wait) = on_wait.take() {
                    on_wait();
                }
            });
            match taken {
                // Its last holder has removed it: others lock another file by then.
                Some(lock) if !lock.is_at(path) => {}
                Some(mut lock) => {
                    lock.made = Some(path.to_owned());
                    return Ok(Some(lock));
                }
                None => {
                    // It says nothing to anybody.
                    let _ = fs::remove_file(path);
                    return Ok(None);
                }
            }
        }
    }

    /// Takes the lock on a folder itself, which leaves no file behind and needs no right to write; `on_wait` as above.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn on_folder(folder: &Path, on_wait: impl FnOnce()) -> Result<Option<Self>, FsError> {
        let file = File::open(folder).context("open folder", folder)?;
        Ok(Self::wait(file, on_wait))
    }

    /// Tries to take the lock on a folder.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn attempt(folder: &Path) -> Result<Attempt, FsError> {
        let file = File::open(folder).context("open folder", folder)?;
        Ok(Self::attempt_on(file))
    }

    /// Tries to take the lock on what is open.
    fn attempt_on(file: File) -> Attempt {
        match tried(&file) {
            Tried::Taken => Attempt::Taken(Self { file, made: None }),
            Tried::Busy => Attempt::Busy,
            Tried::Unsupported => Attempt::Unsupported,
        }
    }

    /// Tries to take the lock on whatever is at `path`, which is not waited for, nor looked for behind a link.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn attempt_at(path: &Path) -> io::Result<Attempt> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        Ok(match Self::attempt_on(file) {
            // It was removed meanwhile, or something else has its name now.
            Attempt::Taken(lock) if !lock.is_at(path) => Attempt::Busy,
            attempt => attempt,
        })
    }

    /// Locks a file that was just made at `path`, for as long as it is open; answers whether it is still there. Without locks it is.
    pub(super) fn marks(file: &File, path: &Path) -> bool {
        match tried(file) {
            Tried::Taken => is_at(file, path),
            Tried::Busy => false,
            Tried::Unsupported => true,
        }
    }

    /// Takes the lock on a folder if nobody holds it.
    ///
    /// Returns `None` when somebody does, the folder cannot be opened, or there are no working locks.
    pub fn if_free(folder: &Path) -> Option<Self> {
        match Self::attempt(folder).ok()? {
            Attempt::Taken(lock) => Some(lock),
            Attempt::Busy | Attempt::Unsupported => None,
        }
    }

    /// Takes the lock on what is open; waits for another holder.
    ///
    /// Returns `None` where there are no working locks.
    pub fn wait(file: File, on_wait: impl FnOnce()) -> Option<Self> {
        let taken = match tried(&file) {
            Tried::Taken => true,
            Tried::Busy => {
                on_wait();
                file.lock().is_ok()
            }
            Tried::Unsupported => false,
        };
        taken.then_some(Self { file, made: None })
    }

    /// Shares the lock with the processes that are started from now on: it is released when the last of them ends.
    pub fn lend(&self) {
        // Where it fails, it is ours alone.
        let _ = fcntl_setfd(&self.file, FdFlags::empty());
    }

    /// Whether what is locked is still what is at `path`.
    pub fn is_at(&self, path: &Path) -> bool {
        is_at(&self.file, path)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(path) = &self.made
            && self.is_at(path)
        {
            // While it is locked: whoever waits for it sees that, and makes another.
            let _ = fs::remove_file(path);
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let same = |there: fs::Metadata| {
        file.metadata()
            .is_ok_and(|ours| (ours.dev(), ours.ino()) == (there.dev(), there.ino()))
    };
    fs::metadata(path).is_ok_and(same)
}

enum Tried {
    Taken,
    Busy,
    Unsupported,
}

fn tried(file: &File) -> Tried {
    if Locking::of_process() == Locking::Forgone {
        return Tried::Unsupported;
    }
    match file.try_lock() {
        Ok(()) => Tried::Taken,
        Err(TryLockError::WouldBlock) => Tried::Busy,
        // ENOLCK, EOPNOTSUPP, EINVAL, or what else a filesystem may say; folders of NFS cannot be locked.
        Err(TryLockError::Error(_)) => {
            Locking::miss();
            Tried::Unsupported
        }
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
        assert!(!path.exists(), "it goes with its holder");
    }
}
