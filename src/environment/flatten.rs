//! Making a layered environment flat.
//!
//! The files of its library are made aside, complete, and moved in by renaming whole packages: at every moment each package is whole in the
//! environment, or found in the layer. Metadata comes last, so that what has metadata is complete. Then the pointer to the layer goes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
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
            for name in names_in(&from)?.iter().filter(|name| Turn::of(name) == turn) {
                move_in(&from.join(name), &to.join(name))?;
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
    for name in names_in(from)? {
        move_in(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

/// What is in a folder; nothing if there is none, since everything may be on top already.
fn names_in(folder: &Path) -> Result<Vec<OsString>, AssembleError> {
    let names = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect()),
    };
    names.map_err(AssembleError::io("read folder", folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SnapshotKey;
    use crate::store::Layout;
    use crate::store::testing::{LIBRARY, scheme};

    #[test]
    fn packages_move_whole_and_what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (layout, environment) = (Layout::new(folder.path()), folder.path().join("env"));
        let key: SnapshotKey = blake3::hash(b"snapshot").into();
        let link = LayerLink::new(&layout.merged(key), &scheme()).unwrap();
        let put = |root: &Path, path: &str, content: &str| {
            let path = root.join(LIBRARY).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        let staging = flattening_folder(&environment);
        for path in [
            "wide/one/a.py",
            "wide/two.py",
            "single.py",
            "hook.pth",
            "demo-1.0.dist-info/RECORD",
            "demo/x.py",
        ] {
            put(&staging, path, "layer");
        }
        for path in ["wide/own.py", "wide/two.py", "demo/x.py", "000_snapenv.pth"] {
            put(&environment, path, "own");
        }
        flatten(&environment, &link).unwrap();
        let content = |path: &str| fs::read_to_string(environment.join(LIBRARY).join(path)).ok();
        for path in ["wide/one/a.py", "single.py", "hook.pth", "demo-1.0.dist-info/RECORD"] {
            assert_eq!(content(path).as_deref(), Some("layer"), "{path}");
        }
        for path in ["wide/own.py", "wide/two.py", "demo/x.py"] {
            assert_eq!(content(path).as_deref(), Some("own"), "{path}");
        }
        assert_eq!(content("000_snapenv.pth"), None);
    }
}
