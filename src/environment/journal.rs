//! The journal of a change to a living environment: what will be created, written down before any of it is.
//!
//! # Format
//! `.snapenv-journal` in the environment's folder: one JSON object with `format` 1, `files` and `folders` (parents first), all paths
//! relative to the environment. It is flushed before the first of them is created and removed after the last; whoever finds one while
//! holding the environment's lock removes what it lists.
//!
//! With `after` it has format 2, which older versions leave alone: the change is made at the moment when the environment points to the
//! layer that `after` names. Until then it is rolled back; from then on what `after` lists is done, however often it is begun.
//!
//! With `sealed` it has format 3: the change is made at the moment when the environment's proof tells of so many snapshots.
//!
//! # Locking
//! A journal is written, rolled back and removed only by the holder of the lock on the environment's folder.
//!
//! # Power cuts
//! The journal outlives them, and with it the rolling back of what was half done. What is complete is not flushed, as it is not by pip.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::layer_link::LayerLink;
use super::proof::Proof;
use crate::fs::{Cleanup, Context, FsError, Locking, Undone, remove_tree, sync_folder};

const NAME: &str = ".snapenv-journal";
/// Where the new files of an environment wait until all of them are there.
pub(super) const STAGING: &str = ".snapenv-next";
const FORMAT: u32 = 1;
/// Of a journal with something to do after the change.
const FORMAT_WITH_AFTER: u32 = 2;
/// Of a journal of a change that the proof tells of.
const FORMAT_WITH_SEAL: u32 = 3;

/// What a change creates: paths relative to the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creations {
    /// Files.
    pub files: Vec<PathBuf>,
    /// Folders, parents first.
    pub folders: Vec<PathBuf>,
}

/// What is left to do once an environment points to another layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct After {
    /// The layer.
    pub(super) layer: PathBuf,
    /// Files that take the place of others; they stand in [`STAGING`] under the same paths.
    pub(super) replaced: Vec<PathBuf>,
    /// Files that nobody needs any more.
    pub(super) obsolete: Vec<PathBuf>,
    /// Folders likewise, if they are empty; parents first.
    pub(super) emptied: Vec<PathBuf>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Written {
    format: u32,
    #[serde(flatten)]
    creations: Creations,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<After>,
    /// How many snapshots the proof tells of once the change is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<usize>,
}

impl Written {
    /// Whether the proof of the environment tells of the change.
    fn is_sealed(&self, environment: &Path) -> bool {
        self.sealed
            .is_some_and(|wanted| Proof::snapshots_in(environment) >= Some(wanted))
    }
}

/// Whether a journal is the first of its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Yes,
    No,
}

/// A change that is under way. It is undone when this is dropped, or by a signal, unless it is committed.
#[derive(Debug)]
pub struct Journal {
    environment: PathBuf,
    written: Written,
    cleanup: Option<Cleanup>,
}

impl Journal {
    /// Writes down what is going to be created. The caller holds the environment's lock.
    ///
    /// # Errors
    /// When the journal cannot be written; nothing is left behind then.
    pub fn begin(environment: &Path, creations: Creations) -> Result<Self, FsError> {
        // What is added is one snapshot more.
        let sealed = Proof::snapshots_in(environment).map(|snapshots| snapshots + 1);
        Self::write(
            environment,
            Written {
                format: sealed.map_or(FORMAT, |_| FORMAT_WITH_SEAL),
                creations,
                after: None,
                sealed,
            },
            First::Yes,
        )
    }

    /// The same for a change that is made by pointing to another layer.
    ///
    /// # Errors
    /// When the journal cannot be written; nothing is left behind then.
    pub(super) fn begin_with(environment: &Path, creations: Creations, after: After) -> Result<Self, FsError> {
        Self::write(
            environment,
            Written {
                format: FORMAT_WITH_AFTER,
                creations,
                after: Some(after),
                sealed: None,
            },
            First::Yes,
        )
    }

    fn write(environment: &Path, written: Written, first: First) -> Result<Self, FsError> {
        let path = environment.join(NAME);
        let temporary = temporary(environment);
        let _writing = Cleanup::remove(&temporary);
        let cleanup = {
            let (environment, written) = (environment.to_owned(), written.clone());
            Cleanup::undo(move || settle(&environment, &written).1)
        };
        let outcome = serde_json::to_vec(&written)
            .map_err(io::Error::from)
            .and_then(|text| {
                let mut file = File::create(&temporary)?;
                file.write_all(&text)?;
                file.sync_all()?;
                match (Locking::of_process(), first) {
                    // Nobody else writes here.
                    (Locking::Used, _) | (_, First::No) => fs::rename(&temporary, &path),
                    // Somebody may, and must not lose his.
                    _ => fs::hard_link(&temporary, &path).and_then(|()| fs::remove_file(&temporary)),
                }
            })
            .context("write", &path);
        if let Err(error) = outcome {
            // If it is not there, nothing was written.
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        let journal = Self {
            environment: environment.to_owned(),
            written,
            cleanup: Some(cleanup),
        };
        sync_folder(environment)?;
        Ok(journal)
    }

    /// Ends the change: everything stays.
    ///
    /// # Errors
    /// When the journal cannot be removed: the next run would undo the change, so it is undone now, unless the proof tells of it.
    pub fn commit(mut self) -> Result<(), FsError> {
        // From here on a signal undoes nothing: it waits for us to let go, or has undone everything and ends the process.
        self.cleanup = None;
        let path = self.environment.join(NAME);
        let removed = fs::remove_file(&path).context("remove", &path);
        if removed.is_ok() {
            self.written.creations = Creations::default();
        }
        if self.written.is_sealed(&self.environment) {
            return Ok(());
        }
        removed
    }

    /// The same change, but files that are somebody's by now are neither replaced nor removed when it is made.
    ///
    /// # Errors
    /// When the journal cannot be written; the change is undone then.
    pub(super) fn sparing(mut self, files: &BTreeSet<PathBuf>) -> Result<Self, FsError> {
        let mut written = self.written.clone();
        if let Some(after) = &mut written.after {
            after.replaced.retain(|file| !files.contains(file));
            after.obsolete.retain(|file| !files.contains(file));
        }
        if written.after == self.written.after {
            return Ok(self);
        }
        let sparing = Self::write(&self.environment, written, First::No)?;
        self.written.after = None;
        self.written.creations = Creations::default();
        Ok(sparing)
    }

    /// Undoes the change, but leaves one file alone: it is somebody else's, made at the same moment.
    pub fn undo_except(mut self, foreign: &Path) {
        let environment = &self.environment;
        self.written.creations.files.retain(|file| environment.join(file) != foreign);
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if self.written.creations != Creations::default() || self.written.after.is_some() {
            settle(&self.environment, &self.written);
        }
    }
}

/// Undoes what a killed process has begun, if there is such a thing. The caller holds the environment's lock.
///
/// # Errors
/// When there is a journal that cannot be read, or something that it lists cannot be removed.
pub fn recover(environment: &Path) -> Result<Recovered, FsError> {
    let path = environment.join(NAME);
    // Left by a process that was killed before the journal was complete, and so before anything was created.
    let _ = fs::remove_file(temporary(environment));
    Proof::clear(environment);
    let text = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Recovered::Nothing),
        other => other.context("read", &path)?,
    };
    let written: Written = serde_json::from_slice(&text)
        .map_err(io::Error::from)
        .context("read", &path)?;
    if written.format > FORMAT_WITH_SEAL {
        return Err(io::Error::other("it was written by a newer snapenv")).context("read", &path);
    }
    let recovered = settle(environment, &written).0;
    if path.exists() {
        return Err(io::Error::other("something that it lists cannot be removed")).context("roll back", &path);
    }
    Ok(recovered)
}

/// Whether there was something to undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// No journal.
    Nothing,
    /// A killed process had left one; what it had begun is undone.
    Undone,
    /// A killed process had made its change, and what it had left to do is done.
    Finished,
}

/// Whether a killed or running process has left its journal here.
pub fn has_journal(environment: &Path) -> bool {
    environment.join(NAME).exists()
}

/// When the journal that is here was written.
pub fn journal_written(environment: &Path) -> Option<SystemTime> {
    fs::metadata(environment.join(NAME)).and_then(|found| found.modified()).ok()
}

fn temporary(environment: &Path) -> PathBuf {
    environment.join(format!("{NAME}.new"))
}

/// Undoes a change, or does the rest of it if it is made already.
fn settle(environment: &Path, written: &Written) -> (Recovered, Undone) {
    if written.is_sealed(environment) {
        // One that cannot be removed is found by the next run.
        let _ = fs::remove_file(environment.join(NAME));
        return (Recovered::Finished, Undone::Nothing);
    }
    let Some(after) = &written.after else {
        return (Recovered::Undone, undo(environment, &written.creations));
    };
    if LayerLink::read(environment).is_some_and(|link| link.layer() == after.layer) {
        return (Recovered::Finished, finish(environment, after));
    }
    let staging = environment.join(STAGING);
    let staged = staging.exists();
    if remove_tree(&staging).is_err() {
        // The journal stays, too.
        return (Recovered::Undone, Undone::Some);
    }
    match undo(environment, &written.creations) {
        Undone::Nothing if !staged => (Recovered::Undone, Undone::Nothing),
        _ => (Recovered::Undone, Undone::Some),
    }
}

/// Does what is left to do, and removes the journal if all of it is done.
fn finish(environment: &Path, after: &After) -> Undone {
    let journal = environment.join(NAME);
    if !journal.exists() {
        return Undone::Nothing;
    }
    let staging = environment.join(STAGING);
    let mut whole = true;
    let mut note = |result: io::Result<()>| match result {
        // Done before.
        Err(error) if error.kind() != io::ErrorKind::NotFound => whole = false,
        _ => {}
    };
    for file in inside(&after.replaced) {
        note(fs::rename(staging.join(file), environment.join(file)));
    }
    for file in inside(&after.obsolete) {
        note(fs::remove_file(environment.join(file)));
    }
    for folder in inside(&after.emptied).rev() {
        // One with something in it is somebody's.
        let _ = fs::remove_dir(environment.join(folder));
    }
    // What could not be moved is needed still.
    if whole && remove_tree(&staging).is_ok() {
        // One that cannot be removed is found by the next run.
        let _ = fs::remove_file(journal);
    }
    Undone::Some
}

/// Removes files, then folders that are empty or hold nothing but bytecode that Python has put there; then the journal itself, if all
/// that was listed is gone.
fn undo(environment: &Path, creations: &Creations) -> Undone {
    let (mut removed, mut failed) = (false, false);
    let mut note = |result: io::Result<()>| match result {
        Ok(()) => removed = true,
        // What is not empty holds something of somebody else's, and stays.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::DirectoryNotEmpty
            ) => {}
        Err(_) => failed = true,
    };
    for file in inside(&creations.files) {
        note(fs::remove_file(environment.join(file)));
    }
    for folder in inside(&creations.folders).rev() {
        let folder = environment.join(folder);
        let bytecode = folder.join("__pycache__");
        if bytecode.is_dir() {
            note(remove_tree(&bytecode));
        }
        note(fs::remove_dir(&folder));
    }
    if !failed {
        // One that cannot be removed is found by the next run.
        let _ = fs::remove_file(environment.join(NAME));
    }
    if removed || failed { Undone::Some } else { Undone::Nothing }
}

/// Paths that do not lead out of the environment: a journal may have been put there by somebody else.
fn inside(paths: &[PathBuf]) -> impl DoubleEndedIterator<Item = &PathBuf> {
    let normal = |path: &&PathBuf| {
        let mut parts = path.components();
        parts.all(|part| matches!(part, std::path::Component::Normal(_)))
    };
    paths.iter().filter(normal)
}

#[cfg(test)]
mod tests;
