//! The lock on a place.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::io::{FdFlags, fcntl_setfd};

use crate::fs::remove_tree;

/// A staging folder that is ours alone. It is removed in the end if it still has its name.
#[derive(Debug)]
pub(super) struct Stake {
    folder: PathBuf,
    /// The lock is on the folder itself, whatever its name; the kernel releases it when we die.
    lock: File,
}

impl Stake {
    /// Makes the staging folder and locks it. A folder that is there already belongs to a process that is still working, and is waited
    /// for, or to one that died, and is emptied.
    pub(super) fn set(folder: &Path, on_wait: &dyn Fn()) -> io::Result<Self> {
        loop {
            match fs::create_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            let Ok(lock) = File::open(folder) else { continue };
            let stake = Self {
                folder: folder.to_owned(),
                lock,
            };
            let _ = wait(&stake.lock, on_wait);
            // The one we waited for has renamed the folder away: then the name is free, or somebody else's.
            if !stake.has_its_name() {
                continue;
            }
            let leftovers = fs::read_dir(folder)?.filter_map(Result::ok);
            match leftovers
                .map(|entry| remove_tree(&entry.path()))
                .collect::<io::Result<Vec<()>>>()
            {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(stake),
            }
        }
    }

    /// Shares the lock with the processes that are started from now on: one that outlives us still writes into the environment.
    pub(super) fn lend(&self) {
        // Without it the next process does not wait for such a one, as on filesystems without locks.
        let _ = fcntl_setfd(&self.lock, FdFlags::empty());
    }

    fn has_its_name(&self) -> bool {
        is_at(&self.lock, &self.folder)
    }
}

impl Drop for Stake {
    fn drop(&mut self) {
        // Published, the folder has another name; this one is free, or that of a process that waited for us.
        if self.has_its_name() {
            let _ = remove_tree(&self.folder);
        }
    }
}

/// Locks the folder that is at `place`, if there is one, against whoever wants to install into it; waits while a process holds the lock.
pub(super) fn hold(place: &Path, on_wait: &dyn Fn()) -> Option<File> {
    loop {
        let folder = File::open(place).ok()?;
        match wait(&folder, on_wait) {
            Waited::Yes if !is_at(&folder, place) => {}
            _ => return Some(folder),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waited {
    Yes,
    No,
}

/// Takes the lock; where the filesystem has none, goes on without.
fn wait(folder: &File, on_wait: &dyn Fn()) -> Waited {
    match folder.try_lock() {
        Ok(()) | Err(TryLockError::Error(_)) => Waited::No,
        Err(TryLockError::WouldBlock) => {
            on_wait();
            // An error is that of a filesystem without locks again.
            let _ = folder.lock();
            Waited::Yes
        }
    }
}

fn is_at(folder: &File, path: &Path) -> bool {
    let same = || Ok::<_, io::Error>(folder.metadata()?.ino() == fs::metadata(path)?.ino());
    same().unwrap_or(false)
}
