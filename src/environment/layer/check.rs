//! Looking at all files of a layer before an environment is put over it.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};

use crate::environment::error::Change;
use crate::environment::original::check;
use crate::environment::snapshot::{Entry, FolderEntries, Original, Role, Snapshot};
use crate::store::MergedLayer;

/// A file of a layer that is not as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    /// The file.
    pub path: PathBuf,
    /// What is different.
    pub change: Change,
}

/// The tree of a distribution, if it is there.
type Trees<'a> = &'a (dyn Fn(usize) -> Option<PathBuf> + Sync);

/// Compares size, time, mode and owner of all files of the layer of a snapshot: of links as in their trees, of private copies and generated
/// files but for the time. The first finding of each folder.
pub fn inspect_layer(snapshot: &Snapshot, layer: &Path, tree: Trees) -> Vec<Altered> {
    let missing = |path: PathBuf| {
        vec![Altered {
            path,
            change: Change::Missing,
        }]
    };
    let Some(record) = MergedLayer::read(layer).filter(|record| record.snapshot == snapshot.header.key) else {
        return missing(MergedLayer::place(layer));
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::openat(CWD, layer, flags, Mode::empty());
    let Some((root, owner)) = root.ok().and_then(|root| {
        let owner = rustix::fs::fstat(&root).ok()?.st_uid;
        Some((root, owner))
    }) else {
        return missing(layer.to_owned());
    };
    let looking = Looking {
        snapshot,
        layer,
        root: &root,
        owner,
        tree,
    };
    let paths = snapshot.paths(&snapshot.folders);
    let folders = snapshot.folders.par_iter().zip(&paths).with_min_len(32);
    let mut found: Vec<Altered> = folders.filter_map(|(folder, path)| looking.folder(folder, path)).collect();
    found.extend(record.generated.iter().filter_map(|file| {
        let path = Path::new(&file.path);
        let found = match looking.stat(path) {
            Some(stat) => looking.own_file(&stat, file.size, 0o444),
            None => Err(Change::Missing),
        };
        looking.altered(path, found)
    }));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

struct Looking<'a> {
    snapshot: &'a Snapshot,
    layer: &'a Path,
    root: &'a rustix::fd::OwnedFd,
    owner: u32,
    tree: Trees<'a>,
}

impl Looking<'_> {
    fn folder(&self, folder: &FolderEntries, path: &Path) -> Option<Altered> {
        folder.files.iter().find_map(|entry| {
            let path = path.join(self.snapshot.name(entry.name));
            let found = match self.stat(&path) {
                Some(stat) => self.entry(&stat, entry),
                None => Err(Change::Missing),
            };
            self.altered(&path, found)
        })
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        rustix::fs::statat(self.root, path, AtFlags::SYMLINK_NOFOLLOW).ok()
    }

    fn altered(&self, path: &Path, found: Result<(), Change>) -> Option<Altered> {
        found.err().map(|change| Altered {
            path: self.layer.join(path),
            change,
        })
    }

    fn entry(&self, stat: &Stat, entry: &Entry) -> Result<(), Change> {
        match entry.role {
            Role::Private => self.own_file(stat, entry.size, if entry.executable { 0o555 } else { 0o444 }),
            Role::Link if stat.st_uid == self.owner => check(stat, Original::of(entry), self.owner),
            Role::Link => check(stat, Original::of(entry), self.tree_owner(entry)),
        }
    }

    /// Whose the files of a tree are: not always the layer's owner's. Where it is gone, they must be.
    fn tree_owner(&self, entry: &Entry) -> u32 {
        let tree = (self.tree)(usize::from(entry.distribution));
        tree.and_then(|tree| rustix::fs::stat(tree).ok())
            .map_or(self.owner, |stat| stat.st_uid)
    }

    /// A file that is no link: its time is not told.
    fn own_file(&self, stat: &Stat, size: u64, mode: u32) -> Result<(), Change> {
        if u64::try_from(stat.st_size) != Ok(size) {
            Err(Change::Size)
        } else if stat.st_mode & 0o7777 != mode
            || FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile
            || stat.st_uid != self.owner
        {
            Err(Change::Access)
        } else {
            Ok(())
        }
    }
}
