//! Spares: environments that were assembled before anybody asked, but for what depends on their place; they are taken with a few renames.
//!
//! # Performance
//! Taking one costs nothing per file, but for private copies: they get the current time, as pip's files have it.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rayon::prelude::*;
use rustix::fs::{AtFlags, CWD, FileType, Stat};

use super::assemble::{Assembled, Assembly};
use super::error::{AssembleError, Change};
use super::generate::{RECORD, generate_scripts_and_rows, generate_without_scripts};
use super::links::link_all;
use super::original::check;
use super::snapshot::{Entry, FolderEntries, Original, Role, Snapshot};
use crate::fs::{LinkMode, Means, Verify, open_folder, remove_tree, touch};

/// One in this many files is looked at where an excerpt names all of a folder, and the first of it.
const SAMPLE: usize = 64;

/// A folder with fewer files is not opened: to walk the path once more takes less than to open and close it.
const WORTH_OPENING: usize = 4;

/// Why an environment cannot wait as a spare.
#[derive(Debug, thiserror::Error)]
pub enum SpareError {
    /// It cannot be assembled.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// Not every file got there by the mode that was asked for; in another place it might.
    #[error("within the store, {0} does not work for every file")]
    Mode(LinkMode),
    /// Whoever takes a spare expects its files to be his.
    #[error("the store's files belong to another user")]
    Owner,
}

impl SpareError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Assemble(error) => error.hint(),
            Self::Mode(_) => Some("choose another --link-mode, or say --spares 0".to_owned()),
            Self::Owner => Some("say --spares 0, or run as the user who filled the store".to_owned()),
        }
    }
}

/// The interpreter whose scripts a spare's RECORDs name until it is taken: the rows of another are mostly as long.
pub const SPARE_PYTHON: &str = "python";

/// Assembles a spare of a whole snapshot in the assembly's target, which is empty; its interpreter is [`SPARE_PYTHON`].
///
/// # Errors
/// When a tree is not what the snapshot says, the target cannot be written, or the result would not be what is assembled elsewhere.
pub fn assemble_spare(assembly: &Assembly) -> Result<(), SpareError> {
    let Assembly { mode, target, .. } = *assembly;
    let owner = |path: &Path| fs::metadata(path).map(|metadata| metadata.uid());
    let own = owner(target).map_err(AssembleError::io("read", target))?;
    if assembly.trees.iter().any(|tree| owner(tree).is_ok_and(|owner| owner != own)) {
        return Err(SpareError::Owner);
    }
    let links = link_all(assembly)?;
    if links.mode != mode || links.exceptions > 0 {
        return Err(SpareError::Mode(mode));
    }
    Ok(generate_without_scripts(assembly)?)
}

/// What is expected of the files of a spare.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// How they got there.
    pub mode: LinkMode,
    /// How closely they are looked at: samples, or not at all.
    pub verify: Verify,
}

/// Looks at samples of a spare, and gives its private copies the current time.
///
/// # Errors
/// The first file found that is not as it was made.
pub fn refresh_spare(spare: &Path, excerpt: &Snapshot, expected: Expected) -> Result<(), AssembleError> {
    let root = open_folder(CWD, spare).map_err(AssembleError::io("open folder", spare))?;
    let owner = rustix::fs::fstat(&root).map_err(|errno| AssembleError::io("read", spare)(errno.into()))?;
    let job = Refreshing {
        spare,
        root: root.as_fd(),
        owner: owner.st_uid,
        excerpt,
        expected,
    };
    job.records()?;
    job.folders(&excerpt.present, Named::Samples)?;
    job.folders(&excerpt.folders, Named::Everything)
}

/// What an excerpt names of a folder, besides private copies: these it names all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Samples,
    Everything,
}

struct Refreshing<'a> {
    spare: &'a Path,
    root: BorrowedFd<'a>,
    owner: u32,
    excerpt: &'a Snapshot,
    expected: Expected,
}

impl Refreshing<'_> {
    /// Looks at each RECORD that the rows of scripts will be written into: it is a file of this spare's alone that has room for them.
    fn records(&self) -> Result<(), AssembleError> {
        let generated = self.excerpt.generated.iter().zip(&self.excerpt.records).enumerate();
        generated
            .filter(|(_, (one, _))| !one.scripts.is_empty())
            .try_for_each(|(distribution, (one, around))| {
                let path = Path::new(&one.dist_info).join(RECORD);
                let found = rustix::fs::statat(self.root, &path, AtFlags::SYMLINK_NOFOLLOW);
                let change = match found {
                    Err(_) => Change::Missing,
                    Ok(stat) if !is_file(&stat) || stat.st_uid != self.owner || stat.st_nlink != 1 => Change::Access,
                    Ok(stat) if u64::try_from(stat.st_size).is_ok_and(|size| size > (around.before + around.behind) as u64) => {
                        return Ok(());
                    }
                    Ok(_) => Change::Size,
                };
                Err(AssembleError::Changed {
                    distribution,
                    path: self.spare.join(path),
                    change,
                })
            })
    }

    fn folders(&self, folders: &[FolderEntries], named: Named) -> Result<(), AssembleError> {
        let paths = self.excerpt.paths(folders);
        let with_files = folders.par_iter().zip(&paths).filter(|(folder, _)| !folder.files.is_empty());
        with_files.try_for_each(|(folder, path)| self.folder(&folder.files, path, named))
    }

    fn folder(&self, files: &[Entry], path: &Path, named: Named) -> Result<(), AssembleError> {
        if files.len() < WORTH_OPENING || path.as_os_str().is_empty() {
            let name = |entry: &Entry| path.join(self.excerpt.name(entry.name));
            return files.iter().enumerate().try_for_each(|(number, entry)| {
                self.file(self.root, &name(entry), (number, entry), named)
                    .map_err(|change| self.changed(entry, path, change))
            });
        }
        let folder = open_folder(self.root, path).map_err(|_| self.changed(&files[0], path, Change::Missing))?;
        files.iter().enumerate().try_for_each(|(number, entry)| {
            self.file(folder.as_fd(), self.excerpt.name(entry.name), (number, entry), named)
                .map_err(|change| self.changed(entry, path, change))
        })
    }

    /// Looks at a file, or touches it, or both; its number is that within the folder.
    fn file(&self, folder: BorrowedFd, name: &Path, (number, entry): (usize, &Entry), named: Named) -> Result<(), Change> {
        let sample = number % SAMPLE == 0 || named == Named::Samples && entry.role == Role::Link;
        if sample && self.expected.verify != Verify::None {
            self.look_at(folder, name, entry)?;
        }
        if entry.role == Role::Private {
            touch(folder, name).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Change::Missing,
                _ => Change::Access,
            })?;
        }
        Ok(())
    }

    fn look_at(&self, folder: BorrowedFd, name: &Path, entry: &Entry) -> Result<(), Change> {
        let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|_| Change::Missing)?;
        match (self.expected.mode, entry.role) {
            (LinkMode::Hardlink, Role::Link) => check(&stat, Original::of(entry), self.owner),
            (_, role) => self.check_copy(&stat, entry, role),
        }
    }

    /// A copy has the mode that its maker's umask allows, and a private one its own time.
    fn check_copy(&self, stat: &Stat, entry: &Entry, role: Role) -> Result<(), Change> {
        if u64::try_from(stat.st_size) != Ok(entry.size) {
            Err(Change::Size)
        } else if role == Role::Link && stat.st_mtime != entry.mtime {
            Err(Change::Time)
        } else if !is_file(stat) || stat.st_uid != self.owner {
            Err(Change::Access)
        } else {
            Ok(())
        }
    }

    fn changed(&self, entry: &Entry, folder: &Path, change: Change) -> AssembleError {
        AssembleError::Changed {
            distribution: usize::from(entry.distribution),
            path: self.spare.join(folder).join(self.excerpt.name(entry.name)),
            change,
        }
    }
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// Moves what is in a spare to `target`, which holds a skeleton and is on the same filesystem, and removes the spare.
///
/// # Errors
/// When something cannot be moved.
pub fn move_in(spare: &Path, target: &Path) -> Result<(), AssembleError> {
    merge(spare, target)?;
    remove_tree(spare).map_err(AssembleError::io("remove", spare))
}

/// As many renames as there are entries beside those of the skeleton. A file that stands in the way is replaced, as in an environment that
/// is assembled file by file.
fn merge(from: &Path, into: &Path) -> Result<(), AssembleError> {
    let reading = || AssembleError::io("read folder", from);
    for entry in fs::read_dir(from).map_err(reading())? {
        let entry = entry.map_err(reading())?;
        let (source, place) = (entry.path(), into.join(entry.file_name()));
        let is_folder = entry.file_type().map_err(reading())?.is_dir();
        match fs::rename(&source, &place) {
            // A folder that is not empty, or a link to one (`lib64`).
            Err(_) if is_folder && place.is_dir() => merge(&source, &place)?,
            moved => moved.map_err(AssembleError::io("create", &place))?,
        }
    }
    Ok(())
}

/// Writes what a spare does not have; the snapshot is an excerpt.
///
/// # Errors
/// When a file cannot be written, or a tree that scripts are made of is not what the snapshot says.
pub fn complete_spare(assembly: &Assembly) -> Result<Assembled, AssembleError> {
    generate_scripts_and_rows(assembly)?;
    Ok(Assembled {
        means: Means::Spare(assembly.mode),
        files: assembly.snapshot.header.files,
        bytes: assembly.snapshot.header.bytes,
        exceptions: 0,
    })
}

#[cfg(test)]
mod tests;
