//! How a place changes hands, forth and back.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::inside;
use crate::fs::{Context, FsError, Replaced, Undone, remove_tree, replace};

/// In an environment that is not to stay unless this is removed.
pub(super) const TRIAL: &str = ".snapenv-trial";

/// Bytes of the longest name that filesystems take.
const LONGEST_NAME: usize = 255;

/// How the finished environment gets to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// By renaming the whole folder.
    Beside,
    /// By renaming what is in it: the folder is a mount point or a link, or its parent cannot be written.
    Inside,
}

/// What was at the place before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing.
    Nothing,
    /// What is aside now.
    Aside,
}

/// Who else uses the same names for what is beside the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Whoever claims it; one after the other, as there are locks. What a dead one left is found by its name.
    Everybodys,
    /// Nobody: there are no locks.
    Ours,
}

/// The paths that take part when a place changes hands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    destination: PathBuf,
    staging: PathBuf,
    aside: PathBuf,
    manner: Manner,
    names: Names,
}

impl Place {
    /// The place at `destination`, in the manner that it allows.
    pub(super) fn of(destination: &Path) -> Self {
        // Where a process has begun inside, the next goes on there: both have the same lock then.
        if is_pinned_down(destination) || destination.join(inside::NEW).is_dir() {
            return Self::inside(destination);
        }
        Self::beside(destination)
    }

    /// The place at `destination`, which is renamed as a whole.
    pub(super) fn beside(destination: &Path) -> Self {
        let parent = destination.parent().unwrap_or(Path::new("/"));
        let name = destination.file_name().unwrap_or_default();
        let beside = |role: &str| parent.join(hidden(name, role));
        Self {
            destination: destination.to_owned(),
            staging: beside(inside::NEW),
            aside: beside(inside::OLD),
            manner: Manner::Beside,
            names: Names::Everybodys,
        }
    }

    /// The same where there are no locks: with a staging folder that was just made, and with names that nobody else has. Inside of a folder
    /// names are what they are: whoever is there first has them.
    pub(super) fn unlocked(self) -> io::Result<Self> {
        let names = Names::Ours;
        if self.manner == Manner::Inside {
            fs::create_dir(&self.staging)?;
            return Ok(Self { names, ..self });
        }
        let mut name = self.staging.clone().into_os_string();
        name.push(".");
        let prefix = Path::new(&name).file_name().unwrap_or_default();
        let staging = tempfile::Builder::new()
            .prefix(prefix)
            // Less the umask: it becomes the environment.
            .permissions(fs::Permissions::from_mode(0o777))
            .tempdir_in(self.destination.parent().unwrap_or(Path::new("/")))?
            .keep();
        let mut aside = self.aside.into_os_string();
        aside.push(staging.extension().map_or_else(OsString::new, |random| {
            let mut end = OsString::from(".");
            end.push(random);
            end
        }));
        Ok(Self {
            aside: aside.into(),
            staging,
            names,
            ..self
        })
    }

    /// The place at `destination`, whose folder stays.
    pub(super) fn inside(destination: &Path) -> Self {
        Self {
            destination: destination.to_owned(),
            staging: destination.join(inside::NEW),
            aside: destination.join(inside::OLD),
            manner: Manner::Inside,
            names: Names::Everybodys,
        }
    }

    pub(super) fn destination(&self) -> &Path {
        &self.destination
    }

    pub(super) fn staging(&self) -> &Path {
        &self.staging
    }

    pub(super) fn aside(&self) -> &Path {
        &self.aside
    }

    pub(super) fn manner(&self) -> Manner {
        self.manner
    }

    /// Whether a process that was killed, or is still working, has left more than its staging folder in `destination`.
    pub(super) fn is_unsettled(destination: &Path) -> bool {
        inside::is_unsettled(destination) || destination.join(TRIAL).exists()
    }

    /// Marks the staging folder's content as not to stay unless it is [settled](Self::settle).
    pub(super) fn put_on_trial(&self) -> Result<(), FsError> {
        let mark = self.staging.join(TRIAL);
        fs::write(&mark, self.whose()).context("create", &mark)
    }

    /// Puts the staging folder's content in its place, and what was there aside. After an error it is as before.
    pub(super) fn fill(&self) -> io::Result<Before> {
        match self.manner {
            Manner::Beside => Ok(match replace(&self.staging, &self.destination, &self.aside)? {
                Replaced::Nothing => Before::Nothing,
                Replaced::Old => Before::Aside,
            }),
            Manner::Inside => match inside::move_in(&self.destination) {
                Ok(()) => Ok(Before::Aside),
                Err(error) => {
                    inside::restore(&self.destination)?;
                    Err(error)
                }
            },
        }
    }

    /// From now on the place belongs to what is in it.
    pub(super) fn settle(&self) -> Result<(), FsError> {
        let mark = self.destination.join(TRIAL);
        match fs::remove_file(&mark) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.context("remove", &mark),
        }
    }

    /// Gives the place back to what was there before it was filled. Killed in the middle of it, what is left still is unsettled.
    pub(super) fn give_back(&self, before: Before) -> io::Result<()> {
        match (self.manner, before) {
            (Manner::Inside, _) => inside::move_out(&self.destination),
            (Manner::Beside, Before::Nothing) => {
                clear(&self.destination)?;
                remove_tree(&self.destination)
            }
            (Manner::Beside, Before::Aside) => {
                // Nothing is removed unless there is something to come back.
                fs::symlink_metadata(&self.aside)?;
                match renameat_with(CWD, &self.aside, CWD, &self.destination, RenameFlags::EXCHANGE) {
                    Ok(()) => remove_tree(&self.aside),
                    Err(Errno::INVAL | Errno::NOSYS | Errno::NOENT) => {
                        clear(&self.destination)?;
                        fs::rename(&self.aside, &self.destination)
                    }
                    Err(errno) => Err(errno.into()),
                }
            }
        }
    }

    /// What the mark of an environment on trial says: whose names it was made under.
    fn whose(&self) -> &[u8] {
        match self.names {
            Names::Everybodys => b"",
            Names::Ours => self.staging.file_name().unwrap_or_default().as_encoded_bytes(),
        }
    }

    /// Whether the environment at the place is not to stay; of others, nobody knows without locks.
    fn is_on_trial(&self) -> bool {
        let mark = self.destination.join(TRIAL);
        match self.names {
            Names::Everybodys => mark.exists(),
            Names::Ours => fs::read(mark).is_ok_and(|whose| whose == self.whose()),
        }
    }

    /// Puts right what a process has left half done: any one, if the caller has the place for itself, or only the caller.
    pub(super) fn recover(&self) -> io::Result<Undone> {
        if self.manner == Manner::Inside {
            return if inside::is_unsettled(&self.destination) {
                inside::restore(&self.destination).map(|()| Undone::Some)
            } else {
                Ok(Undone::Nothing)
            };
        }
        let on_trial = self.is_on_trial();
        let aside = fs::symlink_metadata(&self.aside).is_ok();
        match (on_trial, aside) {
            (true, true) => self.give_back(Before::Aside)?,
            (true, false) => self.give_back(Before::Nothing)?,
            (false, true) if is_free(&self.destination) => {
                // Two folders could not be exchanged, and only the first has been renamed.
                fs::rename(&self.aside, &self.destination)?;
                self.recover()?;
            }
            (false, true) => remove_tree(&self.aside)?,
            (false, false) => return Ok(Undone::Nothing),
        }
        Ok(Undone::Some)
    }
}

/// The name of a folder beside the one called `name`; where that leaves no room, its digest stands for it.
fn hidden(name: &OsStr, role: &str) -> OsString {
    let mut hidden = OsString::from(".");
    if hidden.len() + name.len() + role.len() <= LONGEST_NAME {
        hidden.push(name);
    } else {
        hidden.push(blake3::hash(name.as_encoded_bytes()).to_hex().as_str());
    }
    hidden.push(role);
    hidden
}

/// Empties a folder, if there is one; the mark that it is not to stay goes last.
fn clear(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name() != TRIAL {
            remove_tree(&entry.path())?;
        }
    }
    remove_tree(&folder.join(TRIAL))
}

/// Whether nothing is there, or an empty folder.
fn is_free(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Whether the folder cannot be renamed as a whole.
fn is_pinned_down(destination: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(destination) else {
        return false;
    };
    let parent = destination.parent().unwrap_or(Path::new("/"));
    metadata.is_symlink() || fs::metadata(parent).is_ok_and(|parent| parent.dev() != metadata.dev()) || is_mounted(destination)
}

/// Whether something of the same filesystem is mounted there.
#[cfg(target_os = "linux")]
fn is_mounted(folder: &Path) -> bool {
    use rustix::fs::{AtFlags, StatxAttributes, StatxFlags, statx};
    statx(CWD, folder, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
        .is_ok_and(|answer| answer.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Whether something of the same filesystem is mounted there.
#[cfg(not(target_os = "linux"))]
fn is_mounted(_folder: &Path) -> bool {
    false
}
