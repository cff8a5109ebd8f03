//! Publishing a finished folder under its final name with one rename.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

/// Renames `finished` to `path` unless something is there already; whoever came first stays.
///
/// Returns whether our folder is the one that is there now.
///
/// # Errors
/// Those of the rename.
pub fn publish(finished: &Path, path: &Path) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match rustix::fs::renameat_with(CWD, finished, CWD, path, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST | Errno::NOTEMPTY) => Ok(false),
        // Filesystems without RENAME_NOREPLACE: a plain rename refuses to replace a folder that is not empty.
        Err(Errno::INVAL | Errno::NOSYS) => match fs::rename(finished, path) {
            Ok(()) => Ok(true),
            Err(_) if path.exists() => Ok(false),
            Err(error) => Err(error),
        },
        Err(errno) => Err(errno.into()),
    }
}

/// Puts `finished` in the place of the folder at `path`, atomically where the kernel can exchange two names.
///
/// Returns where the old folder is now (beside `path`), for the caller to remove, or `None` if there was nothing.
///
/// # Errors
/// Those of the renames; then the old folder is back at (or never left) its place.
pub fn replace(finished: &Path, path: &Path) -> io::Result<Option<PathBuf>> {
    if publish(finished, path)? {
        return Ok(None);
    }
    match rustix::fs::renameat_with(CWD, finished, CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(Some(finished.to_owned())),
        Err(Errno::INVAL | Errno::NOSYS) => {
            let aside = finished.with_extension("snapenv-old");
            fs::rename(path, &aside)?;
            if let Err(error) = fs::rename(finished, path) {
                fs::rename(&aside, path)?;
                return Err(error);
            }
            Ok(Some(aside))
        }
        Err(errno) => Err(errno.into()),
    }
}
