//! The place of an environment: claimed, filled beside it, and taken with one rename.

mod inside;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::fs::{Cleanup, Context, FsError, remove_tree, replace};

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
            Self::Fs(error) => error.hint(),
        }
    }
}

/// A claimed place. What is in its staging folder is removed unless it is published.
#[derive(Debug)]
pub struct Site {
    destination: PathBuf,
    staging: PathBuf,
    manner: Manner,
    /// Locks the staging folder; released by the kernel when we die.
    lock: File,
    cleanup: Option<Cleanup>,
}

/// How the finished environment gets to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// By renaming the whole folder.
    Beside,
    /// By renaming what is in it: the folder is a mount point or a link, or its parent cannot be written.
    Inside,
}

/// A published environment. The one that was there before is kept aside until this is settled.
#[derive(Debug)]
pub struct Published {
    destination: PathBuf,
    aside: Option<PathBuf>,
    cleanup: Option<Cleanup>,
}

impl Site {
    /// Claims `destination` (absolute). Another process that is working on the same place is waited for.
    ///
    /// # Errors
    /// When something is there that must not be replaced, or nothing can be written there.
    pub fn claim(destination: &Path, existing: Existing, on_wait: &dyn Fn()) -> Result<Self, SiteError> {
        check(destination, existing)?;
        Self::locked(destination, on_wait)?.recovered(existing)
    }

    fn locked(destination: &Path, on_wait: &dyn Fn()) -> Result<Self, SiteError> {
        let parent = destination.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(parent).context("create folder", parent)?;
        let name = destination
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let beside = parent.join(format!(".{name}.snapenv-new"));
        let inside = destination.join(inside::NEW);
        let manner = if is_pinned_down(destination) {
            Manner::Inside
        } else {
            Manner::Beside
        };
        let claimed = match manner {
            Manner::Beside => stake(&beside, on_wait).map(|lock| (beside, Manner::Beside, lock)),
            Manner::Inside => stake(&inside, on_wait).map(|lock| (inside.clone(), Manner::Inside, lock)),
        };
        let (staging, manner, lock) = match claimed {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && destination.is_dir() => {
                let lock = stake(&inside, on_wait).context("write to", destination)?;
                (inside, Manner::Inside, lock)
            }
            other => other.context("write to", parent)?,
        };
        let cleanup = Some(Cleanup::remove(&staging));
        Ok(Self {
            destination: destination.to_owned(),
            staging,
            manner,
            lock,
            cleanup,
        })
    }

    /// Settles what a process left that was killed while it published.
    fn recovered(self, existing: Existing) -> Result<Self, SiteError> {
        let place = &self.destination;
        match self.manner {
            Manner::Inside => inside::restore(place).context("move back what was in", place)?,
            Manner::Beside => {
                let aside = self.aside();
                if aside.exists() && fs::symlink_metadata(place).is_err() {
                    fs::rename(&aside, place).context("move back", &aside)?;
                }
                remove_tree(&aside).context("remove", &aside)?;
            }
        }
        // What is there now may have been in the way of nothing a moment ago.
        check_settled(place, existing)?;
        Ok(self)
    }

    /// The folder to fill.
    pub fn staging(&self) -> &Path {
        &self.staging
    }

    /// Where the environment will be.
    pub fn destination(&self) -> &Path {
        &self.destination
    }

    fn aside(&self) -> PathBuf {
        match self.manner {
            Manner::Beside => self.staging.with_extension("snapenv-old"),
            Manner::Inside => self.destination.join(inside::OLD),
        }
    }

    /// Takes the place.
    ///
    /// # Errors
    /// When a rename fails; what was there before is there again.
    pub fn publish(mut self) -> Result<Published, FsError> {
        let aside = self.aside();
        let old = match self.manner {
            Manner::Beside => replace(&self.staging, &self.destination).context("create", &self.destination)?,
            Manner::Inside => {
                let moved = inside::move_in(&self.destination).or_else(|error| {
                    inside::restore(&self.destination)?;
                    Err(error)
                });
                Some(moved.context("fill", &self.destination)?)
            }
        };
        self.cleanup = None;
        let aside = match (self.manner, old) {
            (Manner::Beside, Some(old)) => {
                fs::rename(&old, &aside).context("move aside", &old)?;
                Some(aside)
            }
            (_, old) => old,
        };
        let cleanup = Some(match &aside {
            Some(aside) if self.manner == Manner::Beside => Cleanup::restore(aside, &self.destination),
            _ => Cleanup::remove(&aside.clone().unwrap_or_else(|| self.destination.join(inside::OLD))),
        });
        Ok(Published {
            destination: self.destination.clone(),
            aside,
            cleanup,
        })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // After publishing by rename the name is free, or is that of a process that waited for us.
        if self.cleanup.is_some() || self.manner == Manner::Inside {
            let ours = self
                .lock
                .metadata()
                .and_then(|lock| Ok(lock.ino() == fs::metadata(&self.staging)?.ino()));
            if ours.unwrap_or(false) {
                let _ = remove_tree(&self.staging);
            }
        }
    }
}

impl Published {
    /// Keeps the new environment: the old one is removed.
    ///
    /// # Errors
    /// When it cannot be removed; the new one is in place all the same.
    pub fn keep(mut self) -> Result<(), FsError> {
        self.cleanup = None;
        match self.aside.take() {
            Some(aside) => remove_tree(&aside).context("remove", &aside),
            None => Ok(()),
        }
    }

    /// Gives the place back to what was there before.
    ///
    /// # Errors
    /// When it cannot be moved back.
    pub fn undo(mut self) -> Result<(), FsError> {
        self.cleanup = None;
        let place = &self.destination;
        match self.aside.take() {
            Some(aside) if aside.starts_with(place) => inside::move_out(place).context("move back what was in", place),
            Some(aside) => {
                remove_tree(place).context("remove", place)?;
                fs::rename(&aside, place).context("move back", &aside)
            }
            None => remove_tree(place).context("remove", place),
        }
    }
}

fn check(destination: &Path, existing: Existing) -> Result<(), SiteError> {
    if is_pinned_down(destination) && inside::is_unsettled(destination) {
        return Ok(());
    }
    check_settled(destination, existing)
}

fn check_settled(destination: &Path, existing: Existing) -> Result<(), SiteError> {
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

/// Whether the folder cannot be renamed as a whole.
fn is_pinned_down(destination: &Path) -> bool {
    let parent = destination.parent().unwrap_or(Path::new("/"));
    let Ok(metadata) = fs::symlink_metadata(destination) else {
        return false;
    };
    metadata.is_symlink() || fs::metadata(parent).is_ok_and(|parent| parent.dev() != metadata.dev())
}

/// Makes the staging folder and locks it. A folder that is there already belongs to a process that is still working, and is waited for,
/// or to one that died, and is emptied.
fn stake(staging: &Path, on_wait: &dyn Fn()) -> io::Result<File> {
    let mut told = false;
    loop {
        match fs::create_dir(staging) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let Ok(folder) = File::open(staging) else { continue };
        match folder.try_lock() {
            Ok(()) | Err(fs::TryLockError::Error(_)) => {}
            Err(fs::TryLockError::WouldBlock) => {
                if !told {
                    on_wait();
                    told = true;
                }
                folder.lock()?;
            }
        }
        // The one we waited for has renamed the folder away: then the name is free, or somebody else's.
        let same = fs::metadata(staging).is_ok_and(|there| folder.metadata().is_ok_and(|ours| ours.ino() == there.ino()));
        if !same {
            continue;
        }
        let leftovers = fs::read_dir(staging)?.filter_map(Result::ok);
        match leftovers
            .map(|entry| remove_tree(&entry.path()))
            .collect::<io::Result<Vec<()>>>()
        {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(folder),
        }
    }
}

#[cfg(test)]
mod tests;
