//! The lock on a place.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::fs::{Lock, remove_tree};

/// A staging folder that is ours alone. It is removed in the end if it still has its name.
#[derive(Debug)]
pub(super) struct Stake {
    folder: PathBuf,
    /// On the folder itself, whatever its name; the kernel releases it when we die. Nothing where there are no locks: the name is ours alone
    /// then.
    lock: Option<Lock>,
}

/// How setting a stake went.
pub(super) enum Staked {
    /// The folder is ours.
    Ours(Stake),
    /// Nobody can tell whose it is: there are no locks.
    Unlocked,
}

impl Stake {
    /// Makes the staging folder and locks it. A folder that is there already belongs to a process that is still working, and is waited
    /// for, or to one that died, and is emptied.
    pub(super) fn set(folder: &Path, on_wait: &dyn Fn()) -> io::Result<Staked> {
        loop {
            let made = match fs::create_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                made => made.is_ok(),
            };
            let Ok(opened) = File::open(folder) else { continue };
            let Some(lock) = Lock::wait(opened, on_wait) else {
                if made {
                    // Somebody may be working in it by now; then it is not empty, or will not be missed.
                    let _ = fs::remove_dir(folder);
                }
                return Ok(Staked::Unlocked);
            };
            // The one we waited for has renamed the folder away: then the name is free, or somebody else's.
            if !lock.is_at(folder) {
                continue;
            }
            let leftovers = fs::read_dir(folder)?.filter_map(Result::ok);
            match leftovers
                .map(|entry| remove_tree(&entry.path()))
                .collect::<io::Result<Vec<()>>>()
            {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(_) => {
                    return Ok(Staked::Ours(Self {
                        folder: folder.to_owned(),
                        lock: Some(lock),
                    }));
                }
            }
        }
    }

    /// The same if nobody is working there: what is in it stays until this is dropped.
    pub(super) fn set_if_free(folder: &Path) -> Option<Self> {
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return None,
            _ => {}
        }
        let lock = Lock::if_free(folder).filter(|lock| lock.is_at(folder))?;
        Some(Self {
            folder: folder.to_owned(),
            lock: Some(lock),
        })
    }

    /// The stake on a folder that nobody else knows of.
    pub(super) fn unlocked(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            lock: None,
        }
    }

    /// Shares the lock with the processes that are started from now on: one that outlives us still writes into the environment.
    pub(super) fn lend(&self) {
        if let Some(lock) = &self.lock {
            lock.lend();
        }
    }
}

impl Drop for Stake {
    fn drop(&mut self) {
        // Published, the folder has another name; this one is free, or that of a process that waited for us.
        if self.lock.as_ref().is_none_or(|lock| lock.is_at(&self.folder)) {
            let _ = remove_tree(&self.folder);
        }
    }
}

/// Locks the folder that is at `place`, if there is one, against whoever wants to install into it; waits while a process holds the lock.
pub(super) fn hold(place: &Path, on_wait: &dyn Fn()) -> Option<Lock> {
    loop {
        let folder = File::open(place).ok()?;
        match Lock::wait(folder, on_wait) {
            Some(lock) if !lock.is_at(place) => {}
            held => return held,
        }
    }
}
