//! The place of an environment: claimed, filled beside it, and taken with one rename.
//!
//! # Locking
//! The staging folder is locked from the claim on. Beside the place, the lock moves with the folder: it is on the environment then, until
//! that is kept or undone. Nothing is left behind for the lock's sake. What is at the place so far is locked as well, as by whoever installs
//! into it: nobody begins to while it is being replaced.
//!
//! # Kills
//! Every state in which a process can be killed tells what it is, and the next claim puts it right. While something is still to be done in
//! a published environment, it carries a mark; as long as that is there, the place belongs to what was there before.
//!
//! # Filesystems without locks
//! Nobody waits for anybody, and nobody touches what another may be working on: each has names of his own beside the place. Who comes last
//! has it. What the dead left goes when it is old.

mod beside;
mod inside;
mod place;
mod stake;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::fs::{Cleanup, Context, FsError, Lock, Undone, remove_tree};
use place::{Before, Manner, Place};
use stake::{Stake, Staked};

pub use beside::sweep_beside;

/// What may be at the place already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// An environment is replaced, an empty folder is used, anything else is refused.
    Environment,
    /// Whatever is there is replaced (`--clear`).
    Anything,
}

/// The place cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// It is a folder with something else in it.
    #[error("{} is not empty and is no virtual environment (it has no pyvenv.cfg)", .0.display())]
    NotAnEnvironment(PathBuf),
    /// It is no folder.
    #[error("{} is there already and is no folder", .0.display())]
    NotAFolder(PathBuf),
    /// Somebody is working there, or was killed; which, only locks could tell.
    #[error("{} is there: another process is making this environment, or was killed (there are no locks to tell)", .0.display())]
    Occupied(PathBuf),
    /// A file operation failed.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl SiteError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotAnEnvironment(_) => {
                Some("choose another folder, or say --clear to have everything in it removed".to_owned())
            }
            Self::NotAFolder(_) => Some("choose another folder".to_owned()),
            Self::Occupied(_) => {
                Some("try again when it is done; if nobody is at work there, remove that folder, or wait for a day".to_owned())
            }
            Self::Fs(error) => error.hint(),
        }
    }
}

/// A claimed place. What is in its staging folder is removed unless it is published.
#[derive(Debug)]
pub struct Site {
    place: Place,
    existing: Existing,
    stake: Stake,
    /// The lock on what is there so far.
    held: Option<Lock>,
    cleanup: Cleanup,
}

impl Site {
    /// Claims `destination` (absolute). Another process that is working on the same place is waited for, and what a killed one has left
    /// half done there is undone.
    ///
    /// # Errors
    /// When something is there that must not be replaced, or nothing can be written there.
    pub fn claim(destination: &Path, existing: Existing, on_wait: &dyn Fn()) -> Result<Self, SiteError> {
        match check(destination, existing) {
            Err(SiteError::NotAnEnvironment(_)) if Place::is_unsettled(destination) => {}
            checked => checked?,
        }
        let (place, stake) = staked(destination, on_wait)?;
        let site = Self {
            cleanup: Cleanup::remove(place.staging()),
            place,
            existing,
            stake,
            held: stake::hold(destination, on_wait),
        };
        site.place.recover().context("put right", destination)?;
        // Whoever was waited for may have left something else than was there a moment ago.
        check(destination, existing)?;
        Ok(site)
    }

    /// The folder to fill.
    pub fn staging(&self) -> &Path {
        self.place.staging()
    }

    /// Where the environment will be.
    pub fn destination(&self) -> &Path {
        self.place.destination()
    }

    /// Takes the place: from now on it is the new environment's, whatever happens to this process.
    ///
    /// # Errors
    /// When a rename fails, or something has come there meanwhile that must not be replaced; what was there before is there again.
    pub fn publish(self) -> Result<Published, SiteError> {
        let Self {
            place,
            existing,
            stake,
            held,
            cleanup,
        } = self;
        check(place.destination(), existing)?;
        let recovering = {
            let place = place.clone();
            Cleanup::undo(move || place.recover().unwrap_or(Undone::Some))
        };
        let cleanup = match place.manner() {
            Manner::Inside => Some(cleanup),
            // Once it is renamed, its name is free for others.
            Manner::Beside => {
                drop(cleanup);
                None
            }
        };
        let before = Cleanup::undisturbed(|| take(&place, existing))?;
        Ok(Published {
            place,
            before,
            _duties: (recovering, cleanup),
            _locks: (stake, held),
        })
    }

    /// Takes the place, but gives it back to what was there before unless the new environment is [kept](Published::keep): when this process
    /// is killed, the next one that claims the place gives it back.
    ///
    /// # Errors
    /// As for [`publish`](Self::publish).
    pub fn publish_on_trial(self) -> Result<Published, SiteError> {
        self.place.put_on_trial()?;
        self.stake.lend();
        self.publish()
    }
}

/// A published environment. The one that was there before is kept aside, and other processes that claim the place wait, until it is kept
/// or undone.
#[derive(Debug)]
pub struct Published {
    place: Place,
    before: Before,
    _duties: (Cleanup, Option<Cleanup>),
    _locks: (Stake, Option<Lock>),
}

impl Published {
    /// Keeps the new environment: the old one is removed.
    ///
    /// # Errors
    /// When it cannot be removed; the new one is in place all the same.
    pub fn keep(self) -> Result<(), FsError> {
        let place = &self.place;
        Cleanup::undisturbed(|| place.settle())?;
        remove_tree(place.aside()).context("remove", place.aside())
    }

    /// Gives the place back to what was there before.
    ///
    /// # Errors
    /// When it cannot be moved back.
    pub fn undo(self) -> Result<(), FsError> {
        let place = &self.place;
        Cleanup::undisturbed(|| place.give_back(self.before)).context("give back", place.destination())
    }
}

/// The place with its staging folder, which is ours alone.
fn staked(destination: &Path, on_wait: &dyn Fn()) -> Result<(Place, Stake), SiteError> {
    let parent = destination.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent).context("create folder", parent)?;
    let place = Place::of(destination);
    let (place, staked) = match (Stake::set(place.staging(), on_wait), place.manner()) {
        (Err(error), Manner::Beside) if error.kind() == io::ErrorKind::PermissionDenied && destination.is_dir() => {
            let place = Place::inside(destination);
            let staked = Stake::set(place.staging(), on_wait).context("write to", destination)?;
            (place, staked)
        }
        (staked, Manner::Inside) => (place, staked.context("write to", destination)?),
        (staked, Manner::Beside) => (place, staked.context("write to", parent)?),
    };
    match staked {
        Staked::Ours(stake) => Ok((place, stake)),
        Staked::Unlocked => {
            let occupied = SiteError::Occupied(place.staging().to_owned());
            match place.unlocked() {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(occupied),
                place => {
                    let place = place.context("create a folder beside", destination)?;
                    let stake = Stake::unlocked(place.staging());
                    Ok((place, stake))
                }
            }
        }
    }
}

/// Fills the place, and gives it back if it was somebody else's by then: they may have come after the last look.
fn take(place: &Place, existing: Existing) -> Result<Before, SiteError> {
    let before = place.fill().context("fill", place.destination())?;
    if before == Before::Aside
        && let Err(foreign) = check(place.aside(), existing)
    {
        place.give_back(before).context("give back", place.destination())?;
        return Err(match foreign {
            SiteError::NotAnEnvironment(_) => SiteError::NotAnEnvironment(place.destination().to_owned()),
            SiteError::NotAFolder(_) => SiteError::NotAFolder(place.destination().to_owned()),
            other => other,
        });
    }
    Ok(before)
}

fn check(destination: &Path, existing: Existing) -> Result<(), SiteError> {
    let metadata = match fs::metadata(destination) {
        Ok(metadata) => metadata,
        Err(_) if fs::symlink_metadata(destination).is_ok() => return Err(SiteError::NotAFolder(destination.to_owned())),
        Err(_) => return Ok(()),
    };
    if !metadata.is_dir() {
        return Err(SiteError::NotAFolder(destination.to_owned()));
    }
    if existing == Existing::Anything || destination.join("pyvenv.cfg").is_file() {
        return Ok(());
    }
    if inside::content(destination).context("read folder", destination)?.is_empty() {
        Ok(())
    } else {
        Err(SiteError::NotAnEnvironment(destination.to_owned()))
    }
}

#[cfg(test)]
mod settling_tests;
#[cfg(test)]
mod tests;
