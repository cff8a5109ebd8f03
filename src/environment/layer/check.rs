//! Looking at all files of a layer before an environment is put over it.
//!
//! # Performance
//! There are about three files to a folder, so that opening each folder costs more than walking to its files; but walking there all the way
//! from the layer's root costs as much. Files are looked up from the folder of their package.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{AtFlags, CWD, FileType, Stat};

use crate::environment::error::Change;
use crate::environment::original::check;
use crate::environment::snapshot::{Entry, Original, Role, Snapshot};
use crate::fs::open_folder;
use crate::store::MergedLayer;

/// Where Python puts bytecode, which it checks by itself: what root's Python adds there is no change.
const BYTECODE: &str = "__pycache__";
/// How deep the folders of packages lie: `lib/python3.11/site-packages/name`.
const ANCHOR: usize = 4;
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
    let places = Place::all(snapshot);
    let nearby = places.chunk_by(|a, b| a.anchor == b.anchor).flat_map(|run| run.chunks(CHUNK));
    let nearby: Vec<&[Place]> = nearby.collect();
    let from_trees = nearby.into_par_iter().flat_map_iter(|places| looking.folders(places));
    let generated = looking.record.generated.par_iter().with_min_len(CHUNK).filter_map(|file| {
        let path = Path::new(&file.path);
        let found = looking.own_file(&looking.root, path, file.size, 0o444);
        found.err().map(|change| looking.altered(path, change))
    });
    let mut found: Vec<Altered> = from_trees.chain(generated).collect();
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
        let root = open_folder(CWD, layer).ok()?;
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

    fn altered(&self, path: &Path, change: Change) -> Altered {
        Altered {
            path: self.layer.join(path),
            change,
        }
    }

    /// Looks at folders that have one anchor.
    fn folders(&self, places: &[Place]) -> Vec<Altered> {
        let Some(first) = places.first() else { return Vec::new() };
        let anchor_path = self.path_of(first.anchor);
        let Ok(anchor) = open_folder(self.root.as_fd(), &anchor_path) else {
            return vec![self.altered(&anchor_path, Change::Missing)];
        };
        let mut path = Vec::new();
        let found = places.iter().filter_map(|place| {
            let change = self.folder(&anchor, place, &mut path).err()?;
            Some(self.altered(&anchor_path.join(OsStr::from_bytes(&path)), change))
        });
        found.collect()
    }

    /// Looks at one folder; `path` is that of the file that was looked at last.
    fn folder(&self, anchor: &OwnedFd, place: &Place, path: &mut Vec<u8>) -> Result<(), Change> {
        let folder = &self.snapshot.folders[place.folder];
        for entry in &folder.files {
            path.clone_from(&place.path);
            path.extend_from_slice(self.snapshot.text(entry.name));
            self.entry(anchor, Path::new(OsStr::from_bytes(path)), entry)?;
        }
        // The root is nobody's but ours.
        if place.folder == 0 || self.snapshot.name(folder.name) == Path::new(BYTECODE) {
            return Ok(());
        }
        path.clone_from(&place.path);
        // Whoever put something into a folder has given it a later time than the layer's.
        let inside = [path.as_slice(), b"."].concat();
        if modified(&stat(anchor, Path::new(OsStr::from_bytes(&inside)))?) <= self.sealed {
            return Ok(());
        }
        match self.stranger(place.folder) {
            Some(name) => {
                path.extend_from_slice(name.as_bytes());
                Err(Change::Added)
            }
            None => Ok(()),
        }
    }

    fn entry(&self, anchor: &OwnedFd, path: &Path, entry: &Entry) -> Result<(), Change> {
        if entry.role == Role::Private {
            return self.own_file(anchor, path, entry.size, if entry.executable { 0o555 } else { 0o444 });
        }
        let stat = stat(anchor, path)?;
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
    fn own_file(&self, anchor: &OwnedFd, path: &Path, size: u64, mode: u32) -> Result<(), Change> {
        let stat = stat(anchor, path)?;
        if u64::try_from(stat.st_size) != Ok(size) {
            Err(Change::Size)
        } else if stat.st_mode & 0o7777 != mode || stat.st_uid != self.owner || !is_file(&stat) {
            Err(Change::Access)
        } else {
            Ok(())
        }
    }

    /// The name of something that does not belong into a folder.
    fn stranger(&self, folder: usize) -> Option<OsString> {
        let path = self.path_of(folder);
        let known = self.names_in(folder, &path);
        let names = fs::read_dir(self.layer.join(path))
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        names.map(|entry| entry.file_name()).find(|name| !known.contains(name))
    }

    fn path_of(&self, mut folder: usize) -> PathBuf {
        let mut names = Vec::new();
        while folder != 0 {
            names.push(self.snapshot.name(self.snapshot.folders[folder].name));
            folder = self.snapshot.folders[folder].parent;
        }
        names.into_iter().rev().collect()
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

/// Where a folder is looked up from.
struct Place {
    folder: usize,
    /// The folder that is opened: its package's, or itself if it is above those.
    anchor: usize,
    /// The path from there, with a slash at its end if it is not empty.
    path: Vec<u8>,
}

impl Place {
    fn all(snapshot: &Snapshot) -> Vec<Self> {
        let mut places: Vec<(usize, Self)> = Vec::with_capacity(snapshot.folders.len());
        for (index, folder) in snapshot.folders.iter().enumerate() {
            let parent = places.get(folder.parent);
            let depth = parent.map_or(0, |(depth, _)| depth + 1);
            let mut place = Self {
                folder: index,
                anchor: index,
                path: Vec::new(),
            };
            if let Some((_, parent)) = parent.filter(|_| depth > ANCHOR) {
                place.anchor = parent.anchor;
                place.path = [parent.path.as_slice(), snapshot.text(folder.name), b"/"].concat();
            }
            places.push((depth, place));
        }
        places.into_iter().map(|(_, place)| place).collect()
    }
}

fn stat(folder: &OwnedFd, path: &Path) -> Result<Stat, Change> {
    rustix::fs::statat(folder, path, AtFlags::SYMLINK_NOFOLLOW).map_err(|_| Change::Missing)
}

fn modified(stat: &Stat) -> (i64, i64) {
    (stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or_default())
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}
