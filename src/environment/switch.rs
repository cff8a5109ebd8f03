//! Moving a layered environment to another layer.
//!
//! What the environment has itself (scripts, data files, headers) changes with it: new files are made first, then the pointer is
//! renamed, then files are replaced and removed. A journal says what is to be done on which side of that rename.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::add::AddError;
use super::assemble::{Assembled, Assembly};
use super::error::AssembleError;
use super::installed::installed_in;
use super::journal::{After, Creations, Journal, STAGING};
use super::layer::assemble_over;
use super::layer_link::{LayerLink, LayerLinkError};
use super::shadows::recorded;
use super::snapshot::Snapshot;
use crate::fs::{Cleanup, remove_tree};
use crate::interpreter::Facts;
use crate::key::ContentKey;

/// From one layer to another.
#[derive(Clone, Copy)]
pub struct Switch<'a> {
    /// The excerpt of the snapshot that the environment is over now.
    pub from: &'a Snapshot,
    /// The excerpt of the other one, its trees, and the environment.
    pub to: Assembly<'a>,
    /// The other layer.
    pub link: &'a LayerLink,
    /// Files of the environment that belong to what was installed on top; they stay as they are.
    pub foreign: &'a BTreeSet<PathBuf>,
}

/// A change that is made by [`commit`](Switching::commit); else it is undone.
#[derive(Debug)]
pub struct Switching {
    /// What was done.
    pub assembled: Assembled,
    environment: PathBuf,
    link: LayerLink,
    journal: Journal,
}

impl Switch<'_> {
    /// Makes everything that is new. The caller holds the environment's lock.
    ///
    /// # Errors
    /// When a path is taken, a tree is not what the snapshot says, or the environment cannot be written; it is as it was then.
    pub fn prepare(&self) -> Result<Switching, AddError> {
        let environment = self.to.target;
        let staging = environment.join(STAGING);
        remove_tree(&staging).map_err(AssembleError::io("remove", &staging))?;
        let (old, new) = (owners(self.from), owners(self.to.snapshot));
        let fresh = self.fresh(&old, &new);
        // What the user has removed, perhaps with its folder, is made as if it had never been there.
        let (replaced, created): (Vec<PathBuf>, Vec<PathBuf>) = fresh
            .iter()
            .cloned()
            .partition(|path| old.contains_key(path) && fs::symlink_metadata(environment.join(path)).is_ok());
        if let Some(folder) = replaced
            .iter()
            .map(|path| environment.join(path))
            .find(|path| is_folder(path))
        {
            return Err(AddError::Taken(folder));
        }
        for path in &created {
            let path = environment.join(path);
            if fs::symlink_metadata(&path).is_ok() {
                return Err(AddError::Taken(path));
            }
        }
        let creations = Creations {
            files: created.clone(),
            folders: missing_folders(environment, &created),
        };
        let obsolete = old
            .into_keys()
            .filter(|path| !new.contains_key(path) && !self.foreign.contains(path) && !is_folder(&environment.join(path)));
        let after = After {
            layer: self.link.layer().to_owned(),
            replaced,
            obsolete: obsolete.collect(),
            emptied: folders(self.from).difference(&folders(self.to.snapshot)).cloned().collect(),
        };
        let journal = Journal::begin_with(environment, creations, after)?;
        fs::create_dir(&staging).map_err(AssembleError::io("create folder", &staging))?;
        let snapshot = only(self.to.snapshot, &fresh);
        let assembled = assemble_over(&Assembly {
            snapshot: &snapshot,
            target: &staging,
            ..self.to
        })?;
        for path in &created {
            let (from, to) = (staging.join(path), environment.join(path));
            let there = crate::fs::publish(&from, &to).map_err(AssembleError::io("create", &to))?;
            if !there {
                journal.undo_except(&to);
                return Err(AddError::Taken(to));
            }
        }
        Ok(Switching {
            assembled,
            environment: environment.to_owned(),
            link: self.link.clone(),
            journal,
        })
    }

    /// Files that have to be made: of another distribution than before, or of another build.
    fn fresh(&self, old: &BTreeMap<PathBuf, ContentKey>, new: &BTreeMap<PathBuf, ContentKey>) -> BTreeSet<PathBuf> {
        let other = new
            .iter()
            .filter(|(path, owner)| old.get(*path) != Some(owner) && !self.foreign.contains(*path));
        let mut fresh: BTreeSet<PathBuf> = other.map(|(path, _)| path.clone()).collect();
        // Bytecode of a script is made from the script, whose time it tells.
        let bytecode = self.to.snapshot.generated.iter().flat_map(|one| &one.script_bytecode);
        let sources = bytecode.filter(|file| fresh.contains(Path::new(&file.path)));
        let sources: Vec<PathBuf> = sources.map(|file| PathBuf::from(&file.source)).collect();
        fresh.extend(sources);
        fresh
    }
}

impl Switching {
    /// Makes the change by one rename, then does what follows from it. What was installed on top meanwhile stays.
    ///
    /// # Errors
    /// When journal or pointer cannot be written; everything is undone then.
    pub fn commit(self, facts: &Facts) -> Result<Assembled, LayerLinkError> {
        let journal = self.journal.sparing(&files_on_top(&self.environment, &self.link))?;
        Cleanup::undisturbed(|| self.link.write(&self.environment, facts))?;
        // The journal does the rest when it goes, and the next run what is left if that fails.
        drop(journal);
        Ok(self.assembled)
    }
}

/// Whose content each file is that an environment over the layer has itself.
fn owners(excerpt: &Snapshot) -> BTreeMap<PathBuf, ContentKey> {
    let content = |distribution: usize| excerpt.header.distributions[distribution].content;
    let mut owners = BTreeMap::new();
    for (folder, path) in excerpt.folders.iter().zip(excerpt.paths(&excerpt.folders)) {
        let files = folder.files.iter();
        owners.extend(files.map(|file| (path.join(excerpt.name(file.name)), content(usize::from(file.distribution)))));
    }
    for (index, generated) in excerpt.generated.iter().enumerate() {
        let scripts = generated.scripts.iter().filter(|script| script.wins);
        owners.extend(scripts.map(|script| (PathBuf::from(script.script.path()), content(index))));
        let bytecode = generated.script_bytecode.iter();
        owners.extend(bytecode.map(|file| (PathBuf::from(&file.path), content(index))));
    }
    owners
}

/// Whether somebody has put a folder where a file was.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Folders below those of the skeleton, parents first.
fn folders(excerpt: &Snapshot) -> BTreeSet<PathBuf> {
    let paths = excerpt.paths(&excerpt.folders).into_iter();
    paths.filter(|path| path.components().count() > 1).collect()
}

/// Folders of files that are not there yet, parents first.
fn missing_folders(environment: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    let above = files
        .iter()
        .flat_map(|file| file.ancestors().skip(1))
        .filter(|path| !path.as_os_str().is_empty());
    let missing: BTreeSet<&Path> = above.filter(|path| !environment.join(path).is_dir()).collect();
    missing.into_iter().map(Path::to_owned).collect()
}

/// The excerpt with no other files than these; scripts come with their bytecode, whose header tells their time.
fn only(excerpt: &Snapshot, paths: &BTreeSet<PathBuf>) -> Snapshot {
    let mut part = excerpt.clone();
    let folders = excerpt.paths(&excerpt.folders);
    for (folder, path) in part.folders.iter_mut().zip(folders) {
        folder
            .files
            .retain(|file| paths.contains(&path.join(excerpt.name(file.name))));
    }
    for generated in &mut part.generated {
        generated.script_bytecode.retain(|file| paths.contains(Path::new(&file.path)));
        for script in &mut generated.scripts {
            script.wins &= paths.contains(Path::new(script.script.path()));
        }
    }
    part
}

/// Files outside of the library folders that belong to what was installed on top of a layer.
pub fn files_on_top(environment: &Path, link: &LayerLink) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for library in link.own_libraries(environment) {
        for installed in installed_in(&library) {
            let paths = recorded(&installed.path).into_iter().filter(|path| path.starts_with("../"));
            files.extend(paths.filter_map(|path| inside(&library.join(path), environment)));
        }
    }
    files
}

/// A path relative to the environment that it leads into.
fn inside(path: &Path, environment: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain.strip_prefix(environment).ok().map(Path::to_owned)
}

#[cfg(test)]
mod tests;
