//! Looking at all tree files of a snapshot without using them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{AtFlags, CWD};

use super::error::{AssembleError, Change};
use super::original::check;
use super::snapshot::{Entry, Original, Snapshot};
use crate::fs::open_folder;

/// A file that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Index of the distribution in the snapshot.
    pub distribution: usize,
    /// The file.
    pub path: PathBuf,
    /// What is different.
    pub change: Change,
}

/// Compares size, time, mode and owner of all files that the snapshot takes from trees; the first finding of each distribution.
pub fn inspect(snapshot: &Snapshot, trees: &[PathBuf]) -> Vec<Finding> {
    let owners: Vec<Option<u32>> = trees.iter().map(|tree| owner(tree)).collect();
    let paths = snapshot.paths(&snapshot.folders);
    let folders = snapshot.folders.par_iter().zip(&paths);
    let mut findings: Vec<Finding> = folders
        .flat_map_iter(|(folder, path)| {
            let runs = folder.files.chunk_by(|a, b| a.distribution == b.distribution);
            runs.filter_map(|run| {
                let distribution = usize::from(run[0].distribution);
                let owner = owners.get(distribution).copied().flatten();
                inspect_run(snapshot, run, &trees[distribution].join(path), owner)
            })
            .collect::<Vec<_>>()
        })
        .collect();
    findings.sort_by(|a, b| (a.distribution, &a.path).cmp(&(b.distribution, &b.path)));
    findings.dedup_by_key(|finding| finding.distribution);
    findings
}

/// The first file of a folder that is not as it was.
fn inspect_run(snapshot: &Snapshot, run: &[Entry], folder: &Path, owner: Option<u32>) -> Option<Finding> {
    let found = |name: &Path, change| {
        Some(Finding {
            distribution: usize::from(run[0].distribution),
            path: folder.join(name),
            change,
        })
    };
    let (Some(owner), Ok(open)) = (owner, open_folder(CWD, folder)) else {
        return found(snapshot.name(run[0].name), Change::Missing);
    };
    run.iter().find_map(|entry| {
        let name = snapshot.name(entry.name);
        let change = match rustix::fs::statat(&open, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => check(&stat, Original::of(entry), owner).err()?,
            Err(_) => Change::Missing,
        };
        found(name, change)
    })
}

/// The owner of a tree, who must be that of its files.
fn owner(tree: &Path) -> Option<u32> {
    rustix::fs::stat(tree).ok().map(|stat| stat.st_uid)
}

impl From<Finding> for AssembleError {
    fn from(finding: Finding) -> Self {
        Self::Changed {
            distribution: finding.distribution,
            path: finding.path,
            change: finding.change,
        }
    }
}
