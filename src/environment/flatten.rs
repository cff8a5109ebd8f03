//! Making a layered environment flat.
//!
//! The files of its library are made aside, complete, and moved in by renaming whole packages: at every moment each package is whole in the
//! environment, or found in the layer. Metadata comes last, so that what has metadata is complete. Then the pointer to the layer goes.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::AssembleError;
use super::journal::STAGING;
use super::layer_link::{LayerLink, LayerLinkError};
use super::snapshot::Snapshot;
use crate::fs::publish;

/// An environment could not be made flat; it is layered still.
#[derive(Debug, thiserror::Error)]
pub enum FlattenError {
    /// A file could not be moved.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// The pointer to the layer could not be removed.
    #[error(transparent)]
    Link(#[from] LayerLinkError),
}

/// The order in which things are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Modules,
    PathFiles,
    Metadata,
}

impl Turn {
    fn of(name: &OsStr) -> Self {
        match Path::new(name).extension().and_then(OsStr::to_str) {
            Some("dist-info" | "egg-info") => Self::Metadata,
            Some("pth") => Self::PathFiles,
            _ => Self::Modules,
        }
    }
}

impl Snapshot {
    /// The share of a snapshot that is in its library folders.
    #[must_use]
    pub fn library_share(&self) -> Self {
        let mut share = self.clone();
        let libraries: Vec<PathBuf> = self.generated.iter().map(|one| PathBuf::from(&one.library)).collect();
        for (folder, path) in share.folders.iter_mut().zip(self.paths(&self.folders)) {
            if !libraries.iter().any(|library| path.starts_with(library)) {
                folder.files.clear();
            }
        }
        for generated in &mut share.generated {
            generated.script_bytecode.clear();
            for script in &mut generated.scripts {
                script.wins = false;
            }
        }
        share
    }
}

/// The folder in which the library share is made before [`flatten`].
pub fn flattening_folder(environment: &Path) -> PathBuf {
    environment.join(STAGING)
}

/// Moves the library that stands in the [folder for it](flattening_folder) into the environment, and removes the pointer to the layer. What
/// is there already stays: it was installed on top, or moved before. The caller holds the environment's lock.
///
/// # Errors
/// When something cannot be moved; the environment works as before, and it can be tried again.
pub fn flatten(environment: &Path, link: &LayerLink) -> Result<(), FlattenError> {
    let staging = flattening_folder(environment);
    for turn in [Turn::Modules, Turn::PathFiles, Turn::Metadata] {
        for (from, to) in link.own_libraries(&staging).zip(link.own_libraries(environment)) {
            // A layer without distributions has no files.
            let Ok(entries) = fs::read_dir(&from) else { continue };
            let names = entries.filter_map(Result::ok).map(|entry| entry.file_name());
            for name in names.filter(|name| Turn::of(name) == turn) {
                move_in(&from.join(&name), &to.join(&name))?;
            }
        }
    }
    Ok(link.remove(environment)?)
}

/// Moves a file or folder; where there is a folder already, what is in it.
fn move_in(from: &Path, to: &Path) -> Result<(), AssembleError> {
    if publish(from, to).map_err(AssembleError::io("create", to))? || !from.is_dir() || !to.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(from).map_err(AssembleError::io("read folder", from))? {
        let name = entry.map_err(AssembleError::io("read folder", from))?.file_name();
        move_in(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}
