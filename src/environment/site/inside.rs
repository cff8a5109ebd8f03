//! Filling a folder that cannot be renamed: what is in it is moved aside, then the new content in.
//!
//! Every state in between tells what it is, so that the next run can give the folder back to what was there:
//! `.snapenv-aside` is there while old content moves out, `.snapenv-old` once all of it is out, and `pyvenv.cfg` moves in last.
//! With it there the new content is settled, unless it is on trial.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::place::TRIAL;
use crate::fs::remove_tree;

const ASIDE: &str = ".snapenv-aside";
const MARK: &str = "pyvenv.cfg";
pub(super) const NEW: &str = ".snapenv-new";
pub(super) const OLD: &str = ".snapenv-old";

/// Moves the old content aside and that of the staging folder in.
pub(super) fn move_in(destination: &Path) -> io::Result<()> {
    let (aside, old) = (destination.join(ASIDE), destination.join(OLD));
    fs::create_dir(&aside)?;
    let mut entries = content(destination)?;
    entries.sort_by_key(|path| !path.ends_with(MARK));
    move_all(&entries, &aside)?;
    fs::rename(&aside, &old)?;
    let mut entries = content(&destination.join(NEW))?;
    entries.sort_by_key(|path| path.ends_with(MARK));
    move_all(&entries, destination)
}

/// Gives the folder back to what was there before a move that did not come to its end; after one that did, removes the old content.
pub(super) fn restore(destination: &Path) -> io::Result<()> {
    let (aside, old) = (destination.join(ASIDE), destination.join(OLD));
    if old.is_dir() {
        if destination.join(MARK).exists() && !destination.join(TRIAL).exists() {
            return remove_tree(&old);
        }
        // Without the mark it stays unsettled if this is killed.
        remove_tree(&destination.join(MARK))?;
        for half in content(destination)? {
            remove_tree(&half)?;
        }
        fs::rename(&old, &aside)?;
    }
    if aside.is_dir() {
        let mut entries = content(&aside)?;
        entries.sort_by_key(|path| path.ends_with(MARK));
        move_all(&entries, destination)?;
        fs::remove_dir(&aside)?;
    }
    Ok(())
}

/// Takes new content out again that was moved in completely.
pub(super) fn move_out(destination: &Path) -> io::Result<()> {
    // Nothing is removed unless there is something to come back.
    fs::symlink_metadata(destination.join(OLD))?;
    remove_tree(&destination.join(MARK))?;
    restore(destination)
}

/// Whether a move did not come to its end here.
pub(super) fn is_unsettled(destination: &Path) -> bool {
    [ASIDE, OLD].iter().any(|name| destination.join(name).is_dir())
}

/// What is in a folder, but for our own folders.
pub(super) fn content(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let ours = |path: &PathBuf| [NEW, ASIDE, OLD].iter().any(|name| path.ends_with(name));
    entries.filter(|path| !path.as_ref().is_ok_and(ours)).collect()
}

fn move_all(entries: &[PathBuf], into: &Path) -> io::Result<()> {
    for path in entries {
        if let Some(name) = path.file_name() {
            fs::rename(path, into.join(name))?;
        }
    }
    Ok(())
}
