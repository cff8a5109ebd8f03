//! Publishing a finished folder under its final name with one rename.

use std::fs;
use std::io;
use std::path::Path;

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

/// What was there when a folder took its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// Nothing.
    Nothing,
    /// Another folder.
    Old,
}

/// Puts `finished` in the place of the folder at `path`, atomically where the kernel can exchange two names; the old folder is at `aside`
/// then.
///
/// In between, `aside` is `finished` while the old folder is still in its place; where the kernel cannot exchange, it is the old folder while
/// nothing is in its place.
///
/// # Errors
/// Those of the renames; then the old folder is back at (or never left) its place.
pub fn replace(finished: &Path, path: &Path, aside: &Path) -> io::Result<Replaced> {
    if publish(finished, path)? {
        return Ok(Replaced::Nothing);
    }
    fs::rename(finished, aside)?;
    match rustix::fs::renameat_with(CWD, aside, CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(Replaced::Old),
        Err(errno) => {
            fs::rename(aside, finished)?;
            if !matches!(errno, Errno::INVAL | Errno::NOSYS) {
                return Err(errno.into());
            }
            fs::rename(path, aside)?;
            if let Err(error) = fs::rename(finished, path) {
                fs::rename(aside, path)?;
                return Err(error);
            }
            Ok(Replaced::Old)
        }
    }
}
