//! Adding distributions to a living environment.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::assemble::{Assembled, Assembly, assemble};
use super::error::AssembleError;
use super::journal::{Creations, Journal};
use super::snapshot::Snapshot;
use crate::fs::FsError;

/// Distributions could not be added; the environment is as it was.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// A path of theirs is taken.
    #[error("{} is there already", .0.display())]
    Taken(PathBuf),
    /// The journal could not be written.
    #[error(transparent)]
    Journal(#[from] FsError),
    /// They could not be put on disk.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
}

/// Distributions that were added; they are removed again unless the journal is committed.
#[derive(Debug)]
pub struct Added {
    /// What was done.
    pub assembled: Assembled,
    /// To be committed.
    pub journal: Journal,
}

/// Adds the distributions of a snapshot. The caller holds the environment's lock, and the assembly keeps what is
/// [in the way](super::InTheWay::Kept).
///
/// # Errors
/// When a path is taken, a tree is not what the snapshot says, or the environment cannot be written.
pub fn add(assembly: &Assembly) -> Result<Added, AddError> {
    let creations = creations(assembly.snapshot, assembly.target)?;
    let journal = Journal::begin(assembly.target, creations)?;
    match assemble(assembly) {
        Ok(assembled) => Ok(Added { assembled, journal }),
        Err(AssembleError::Io { path, source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            journal.undo_except(&path);
            Err(AddError::Taken(path))
        }
        Err(error) => Err(error.into()),
    }
}

/// What a snapshot creates in an environment.
///
/// # Errors
/// [`AddError::Taken`] for a path that is there already and is no folder in common.
fn creations(snapshot: &Snapshot, environment: &Path) -> Result<Creations, AddError> {
    let mut creations = Creations::default();
    let mut folders: Vec<(PathBuf, Presence)> = Vec::with_capacity(snapshot.folders.len());
    for folder in &snapshot.folders {
        let (path, above) = match folders.get(folder.parent) {
            Some((parent, presence)) => (parent.join(snapshot.name(folder.name)), *presence),
            None => (PathBuf::new(), Presence::There),
        };
        let presence = match above {
            Presence::Missing => Presence::Missing,
            Presence::There => presence_of(&environment.join(&path))?,
        };
        if presence == Presence::Missing {
            creations.folders.push(path.clone());
        }
        creations
            .files
            .extend(folder.files.iter().map(|file| path.join(snapshot.name(file.name))));
        folders.push((path, presence));
    }
    for generated in &snapshot.generated {
        let scripts = generated.scripts.iter().filter(|script| script.wins);
        creations
            .files
            .extend(scripts.map(|script| PathBuf::from(script.script.path())));
        let bytecode = generated.script_bytecode.iter();
        creations.files.extend(bytecode.map(|bytecode| PathBuf::from(&bytecode.path)));
        let small = generated.small.iter().map(|file| file.name.as_str()).chain(["RECORD"]);
        let folder = Path::new(&generated.dist_info);
        creations.files.extend(small.map(|name| folder.join(name)));
    }
    let missing: std::collections::BTreeSet<&Path> = creations.folders.iter().map(PathBuf::as_path).collect();
    for file in &creations.files {
        let new = file.parent().is_some_and(|folder| missing.contains(folder));
        let path = environment.join(file);
        if !new && fs::symlink_metadata(&path).is_ok() {
            return Err(AddError::Taken(path));
        }
    }
    Ok(creations)
}

/// Whether a folder is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    There,
    Missing,
}

fn presence_of(folder: &Path) -> Result<Presence, AddError> {
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(Presence::There),
        Err(_) if fs::symlink_metadata(folder).is_err() => Ok(Presence::Missing),
        Ok(_) | Err(_) => Err(AddError::Taken(folder.to_owned())),
    }
}
