//! Putting a snapshot on disk.

use std::path::{Path, PathBuf};

use super::error::AssembleError;
use super::generate::generate;
use super::links::{Links, link_all};
use super::snapshot::Snapshot;
use crate::fs::{LinkMode, Means, Verify};

/// A snapshot and where it goes.
#[derive(Debug, Clone, Copy)]
pub struct Assembly<'a> {
    /// What goes there.
    pub snapshot: &'a Snapshot,
    /// The tree of each distribution, in the snapshot's order.
    pub trees: &'a [PathBuf],
    /// The folder that is filled; it holds a skeleton or is a living environment.
    pub target: &'a Path,
    /// The interpreter within the environment at its final path: scripts begin with it.
    pub python: &'a Path,
    /// How files get there.
    pub mode: LinkMode,
    /// How closely tree files are looked at; [`Verify::Full`] is quick here: whoever wants it looks at the trees before.
    pub verify: Verify,
    /// What happens to files that are there already.
    pub in_the_way: InTheWay,
}

/// What happens to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTheWay {
    /// It is replaced, as pip replaces it: in a new environment it can only be of another distribution, or of a build backend.
    Replaced,
    /// It stays, and assembling ends: in a living environment it is somebody's.
    Kept,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assembled {
    /// How the files got there.
    pub means: Means,
    /// Files made, generated ones included.
    pub files: u64,
    /// Bytes of the files that came from trees.
    pub bytes: u64,
    /// Files that had to be copied although the mode works in general (too many links, another owner).
    pub exceptions: u64,
}

/// Links or copies the files of all trees, then writes what belongs to this environment alone.
///
/// # Errors
/// When a tree is not what the snapshot says, or the environment cannot be written. What was written by then is the caller's to remove.
pub fn assemble(assembly: &Assembly) -> Result<Assembled, AssembleError> {
    let Links { mode, exceptions } = link_all(assembly)?;
    generate(assembly)?;
    Ok(Assembled {
        means: Means::Links(mode),
        files: assembly.snapshot.header.files,
        bytes: assembly.snapshot.header.bytes,
        exceptions,
    })
}

#[cfg(test)]
mod tests;
