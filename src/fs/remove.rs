//! Removing whole trees.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

/// Removes a folder with everything in it, or a file, or nothing if nothing is there; folders side by side are removed in parallel. Folders
/// that may not be written are made writable first.
///
/// # Errors
/// The first error met; what could be removed is gone by then.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => remove_folder(path),
        Ok(_) => fs::remove_file(path),
    }
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match empty(folder) {
        // Merged layers have folders that only root can remove files from.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            fs::set_permissions(folder, Permissions::from_mode(0o700))?;
            empty(folder)?;
        }
        emptied => emptied?,
    }
    fs::remove_dir(folder)
}

fn empty(folder: &Path) -> io::Result<()> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    folders
        .par_iter()
        .map(|inner| remove_folder(inner))
        .collect::<io::Result<Vec<()>>>()?;
    Ok(())
}
