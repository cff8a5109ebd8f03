//! Looking at all files of a layer before an environment is put over it.
//!
//! # Performance
//! Files are looked up by their whole path within the layer: there are about three to a folder, and opening each folder costs more than
//! walking to them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};

use crate::environment::error::Change;
use crate::environment::original::check;
use crate::environment::snapshot::{Entry, Original, Role, Snapshot};
use crate::store::MergedLayer;

/// Where Python puts bytecode, which it checks by itself: what root's Python adds there is no change.
const BYTECODE: &str = "__pycache__";
/// Folders that one task looks at.
const CHUNK: usize = 64;

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
/// files but for the time; and finds files that do not belong there. The first finding of each folder.
pub fn inspect_layer(snapshot: &Snapshot, layer: &Path, tree: Trees) -> Vec<Altered> {
    let record = MergedLayer::read(layer).filter(|record| record.snapshot == snapshot.header.key);
    let opened = record.and_then(|record| Looking::open(snapshot, layer, tree, record));
    let Some(looking) = opened else {
        return vec![Altered {
            path: MergedLayer::place(layer),
            change: Change::Missing,
        }];
    };
    let paths = snapshot.paths(&snapshot.folders);
    let folders = paths.par_iter().enumerate().with_min_len(CHUNK);
    let mut found: Vec<Altered> = folders.filter_map(|(index, path)| looking.folder(index, path)).collect();
    found.extend(looking.record.generated.iter().filter_map(|file| {
        let path = Path::new(&file.path);
        looking.altered(path, looking.own_file(path, file.size, 0o444))
    }));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A layer that is being looked at.
struct Looking<'a> {
    snapshot: &'a Snapshot,
    layer: &'a Path,
    tree: Trees<'a>,
    record: MergedLayer,
    root: OwnedFd,
    owner: u32,
    /// When the layer was finished.
    sealed: (i64, i64),
}

impl<'a> Looking<'a> {
    fn open(snapshot: &'a Snapshot, layer: &'a Path, tree: Trees<'a>, record: MergedLayer) -> Option<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::openat(CWD, layer, flags, Mode::empty()).ok()?;
        Some(Self {
            owner: rustix::fs::fstat(&root).ok()?.st_uid,
            sealed: modified(&rustix::fs::stat(MergedLayer::place(layer)).ok()?),
            snapshot,
            layer,
            tree,
            record,
            root,
        })
    }

    fn stat(&self, path: &Path) -> Result<Stat, Change> {
        rustix::fs::statat(&self.root, path, AtFlags::SYMLINK_NOFOLLOW).map_err(|_| Change::Missing)
    }

    fn altered(&self, path: &Path, found: Result<(), Change>) -> Option<Altered> {
        found.err().map(|change| Altered {
            path: self.layer.join(path),
            change,
        })
    }

    fn folder(&self, index: usize, path: &Path) -> Option<Altered> {
        let folder = &self.snapshot.folders[index];
        let mut files = folder
            .files
            .iter()
            .map(|entry| (entry, path.join(self.snapshot.name(entry.name))));
        let changed = files.find_map(|(entry, path)| self.altered(&path, self.entry(&path, entry)));
        changed.or_else(|| self.stranger(index, path))
    }

    fn entry(&self, path: &Path, entry: &Entry) -> Result<(), Change> {
        if entry.role == Role::Private {
            return self.own_file(path, entry.size, if entry.executable { 0o555 } else { 0o444 });
        }
        let stat = self.stat(path)?;
        // A tree need not be the layer's owner's; where it is gone, it must have been.
        let owner = if stat.st_uid == self.owner {
            Some(self.owner)
        } else {
            let tree = (self.tree)(usize::from(entry.distribution));
            tree.and_then(|tree| rustix::fs::stat(tree).ok()).map(|stat| stat.st_uid)
        };
        check(&stat, Original::of(entry), owner.unwrap_or(self.owner))
    }

    /// A file that is no link: its time is its own.
    fn own_file(&self, path: &Path, size: u64, mode: u32) -> Result<(), Change> {
        let stat = self.stat(path)?;
        if u64::try_from(stat.st_size) != Ok(size) {
            Err(Change::Size)
        } else if stat.st_mode & 0o7777 != mode || stat.st_uid != self.owner || !is_file(&stat) {
            Err(Change::Access)
        } else {
            Ok(())
        }
    }

    /// A file that does not belong into a folder: whoever put it there gave the folder a later time than the layer's.
    fn stranger(&self, index: usize, path: &Path) -> Option<Altered> {
        let folder = &self.snapshot.folders[index];
        // The root is nobody's but ours.
        if index == 0 || self.snapshot.name(folder.name) == Path::new(BYTECODE) {
            return None;
        }
        let stat = self.stat(path);
        if stat.is_ok_and(|stat| modified(&stat) <= self.sealed) {
            return None;
        }
        let known = self.names_in(index, path);
        let names = fs::read_dir(self.layer.join(path))
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        let mut strangers = names.map(|entry| entry.file_name()).filter(|name| !known.contains(name));
        let path = path.join(strangers.next()?);
        self.altered(&path, Err(Change::Added))
    }

    /// All names that belong into a folder.
    fn names_in(&self, index: usize, path: &Path) -> BTreeSet<OsString> {
        let snapshot = self.snapshot;
        let files = snapshot.folders[index].files.iter().map(|entry| entry.name);
        let folders = snapshot.folders.iter().filter(|folder| folder.parent == index);
        let names = files.chain(folders.map(|folder| folder.name));
        let names = names.map(|name| snapshot.name(name).as_os_str().to_owned());
        let generated = self.record.generated.iter().map(|file| Path::new(&file.path));
        let generated = generated.filter(|file| file.parent() == Some(path));
        let generated = generated.filter_map(|file| file.file_name().map(ToOwned::to_owned));
        names.chain(generated).chain([BYTECODE.into()]).collect()
    }
}

fn modified(stat: &Stat) -> (i64, i64) {
    (stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or_default())
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}
