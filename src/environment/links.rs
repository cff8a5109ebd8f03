//! The files of trees: linked or copied, folder by folder, in parallel by subtree.
//!
//! Every name is looked up in an open folder, so that no path is walked twice. A folder's subfolders are independent of each other once
//! it exists; within large folders the files are split as well.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rayon::Scope;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use super::assemble::{Assembly, InTheWay};
use super::error::{AssembleError, Change};
use super::original::check;
use super::snapshot::{Entry, Original, Role};
use crate::fs::{Failure, LinkMode, Verify, copy_file};

/// Files that one task handles; larger folders are split.
const CHUNK: usize = 256;

/// Bytes of the longest path that Linux opens (`PATH_MAX` counts a zero byte at the end).
const LONGEST_PATH: usize = 4095;

/// How linking went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Links {
    pub(super) mode: LinkMode,
    pub(super) exceptions: u64,
}

/// Links everything; the first error stops the rest.
pub(super) fn link_all(assembly: &Assembly) -> Result<Links, AssembleError> {
    let job = Job::new(assembly)?;
    let root = Arc::new(open_folder(CWD.as_fd(), assembly.target).map_err(AssembleError::io("open folder", assembly.target))?);
    rayon::scope(|scope| job.folder(scope, 0, &root));
    match job.failure.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(Links {
            mode: mode_of(job.mode.load(Ordering::Relaxed)),
            exceptions: job.exceptions.load(Ordering::Relaxed),
        }),
    }
}

const MODES: [LinkMode; 3] = [LinkMode::Hardlink, LinkMode::Clone, LinkMode::Copy];

fn mode_of(number: u8) -> LinkMode {
    MODES.get(usize::from(number)).copied().unwrap_or(LinkMode::Copy)
}

fn number_of(mode: LinkMode) -> u8 {
    match mode {
        LinkMode::Hardlink => 0,
        LinkMode::Clone => 1,
        LinkMode::Copy => 2,
    }
}

struct Job<'a> {
    assembly: &'a Assembly<'a>,
    /// Subfolders of each folder.
    children: Vec<Vec<usize>>,
    /// Path of each folder within the environment.
    paths: Vec<PathBuf>,
    /// The root of each tree, and the owner of its files.
    trees: Vec<OnceLock<(OwnedFd, u32)>>,
    /// The mode in use, as its number: it falls back once for all.
    mode: AtomicU8,
    exceptions: AtomicU64,
    failure: Mutex<Option<AssembleError>>,
}

impl<'a> Job<'a> {
    fn new(assembly: &'a Assembly<'a>) -> Result<Self, AssembleError> {
        let folders = &assembly.snapshot.folders;
        let mut children = vec![Vec::new(); folders.len()];
        for (index, folder) in folders.iter().enumerate().skip(1) {
            children[folder.parent].push(index);
        }
        let paths = assembly.snapshot.paths(folders);
        check_lengths(assembly, &paths)?;
        Ok(Self {
            assembly,
            children,
            paths,
            trees: assembly.trees.iter().map(|_| OnceLock::new()).collect(),
            mode: AtomicU8::new(number_of(assembly.mode)),
            exceptions: AtomicU64::new(0),
            failure: Mutex::new(None),
        })
    }

    /// The root of a tree and the owner of its files; opened when the first file of it is wanted.
    fn tree(&self, distribution: usize) -> Result<&(OwnedFd, u32), AssembleError> {
        let known = &self.trees[distribution];
        if let Some(tree) = known.get() {
            return Ok(tree);
        }
        let path = &self.assembly.trees[distribution];
        let folder = open_folder(CWD.as_fd(), path).map_err(AssembleError::io("open tree", path))?;
        let owner = rustix::fs::fstat(&folder)
            .map_err(|errno| AssembleError::io("read", path)(errno.into()))?
            .st_uid;
        // Another thread may have been quicker; either will do.
        Ok(known.get_or_init(|| (folder, owner)))
    }

    fn stopped(&self) -> bool {
        self.failure.lock().map_or(true, |failure| failure.is_some())
    }

    fn fail(&self, error: AssembleError) {
        if let Ok(mut failure) = self.failure.lock() {
            failure.get_or_insert(error);
        }
    }

    /// Fills an open folder and hands its subfolders on.
    fn folder<'s>(&'s self, scope: &Scope<'s>, index: usize, target: &Arc<OwnedFd>) {
        if self.stopped() {
            return;
        }
        for &child in &self.children[index] {
            let parent = Arc::clone(target);
            scope.spawn(move |scope| match self.make_folder(child, parent.as_fd()) {
                Ok(folder) => {
                    drop(parent);
                    self.folder(scope, child, &Arc::new(folder));
                }
                Err(error) => self.fail(error),
            });
        }
        let files = &self.assembly.snapshot.folders[index].files;
        let (first, rest) = files.split_at(files.len().min(CHUNK));
        for chunk in rest.chunks(CHUNK) {
            let target = Arc::clone(target);
            scope.spawn(move |_| self.files(index, chunk, target.as_fd()));
        }
        self.files(index, first, target.as_fd());
    }

    fn make_folder(&self, index: usize, parent: BorrowedFd) -> Result<OwnedFd, AssembleError> {
        let name = self.assembly.snapshot.name(self.assembly.snapshot.folders[index].name);
        let made = match rustix::fs::mkdirat(parent, name, Mode::from(0o777)) {
            Ok(()) | Err(Errno::EXIST) => open_folder(parent, name),
            Err(errno) => Err(errno.into()),
        };
        made.map_err(AssembleError::io(
            "create folder",
            &self.assembly.target.join(&self.paths[index]),
        ))
    }

    /// Links files of one folder. They usually come from one tree: its folder is opened once per run of files.
    fn files(&self, index: usize, files: &[Entry], target: BorrowedFd) {
        for run in files.chunk_by(|a, b| a.distribution == b.distribution) {
            let distribution = usize::from(run[0].distribution);
            if let Err(error) = self.run_of_files(index, distribution, run, target) {
                return self.fail(error);
            }
        }
    }

    fn run_of_files(&self, index: usize, distribution: usize, run: &[Entry], target: BorrowedFd) -> Result<(), AssembleError> {
        let (tree, owner) = self.tree(distribution)?;
        let folder = &self.paths[index];
        let tree_path = || self.assembly.trees[distribution].join(folder);
        let source = if index == 0 {
            tree.try_clone()
        } else {
            open_folder(tree.as_fd(), folder)
        };
        let source = source.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => changed(distribution, tree_path(), Change::Missing),
            _ => AssembleError::io("open folder", &tree_path())(error),
        })?;
        for entry in run {
            let name = self.assembly.snapshot.name(entry.name);
            if self.assembly.verify != Verify::None {
                verify(entry, name, source.as_fd(), *owner)
                    .map_err(|change| changed(distribution, tree_path().join(name), change))?;
            }
            self.place(entry, name, source.as_fd(), target)
                .map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => changed(distribution, tree_path().join(name), Change::Missing),
                    _ => AssembleError::io("create", &self.assembly.target.join(folder).join(name))(error),
                })?;
        }
        Ok(())
    }

    fn place(&self, entry: &Entry, name: &Path, source: BorrowedFd, target: BorrowedFd) -> io::Result<()> {
        // Those of a copy; the umask applies, as to the files that pip writes.
        let mode = Mode::from(if entry.executable { 0o777 } else { 0o666 });
        if entry.role == Role::Private {
            return self.replacing(name, target, || copy_file(source, target, name, mode));
        }
        loop {
            let number = self.mode.load(Ordering::Relaxed);
            let link = mode_of(number);
            let error = match self.replacing(name, target, || link.place(source, target, name, mode)) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            match (LinkMode::judge(&error), link.fallback()) {
                (Failure::ModeUnsupported, Some(fallback)) => {
                    // Another thread may have fallen back already; both then try the same mode next.
                    let _ = self
                        .mode
                        .compare_exchange(number, number_of(fallback), Ordering::Relaxed, Ordering::Relaxed);
                }
                (Failure::ThisFileOnly, Some(_)) => {
                    self.exceptions.fetch_add(1, Ordering::Relaxed);
                    return self.replacing(name, target, || LinkMode::Copy.place(source, target, name, mode));
                }
                _ => return Err(error),
            }
        }
    }

    /// Runs `place`; a file that stands in the way is replaced where it may be.
    fn replacing(&self, name: &Path, target: BorrowedFd, place: impl Fn() -> io::Result<()>) -> io::Result<()> {
        match (place(), self.assembly.in_the_way) {
            (Err(error), InTheWay::Replaced) if error.kind() == io::ErrorKind::AlreadyExists => {
                rustix::fs::unlinkat(target, name, AtFlags::empty())?;
                place()
            }
            (other, _) => other,
        }
    }
}

/// Folders that are open reach farther than paths do; what no program could open by its path is not made.
fn check_lengths(assembly: &Assembly, paths: &[PathBuf]) -> Result<(), AssembleError> {
    let above = assembly.target.as_os_str().len();
    for (folder, path) in assembly.snapshot.folders.iter().zip(paths) {
        let names = folder.files.iter().map(|file| assembly.snapshot.name(file.name));
        let Some(longest) = names.max_by_key(|name| name.as_os_str().len()) else {
            continue;
        };
        if above + path.as_os_str().len() + longest.as_os_str().len() + 2 > LONGEST_PATH {
            let path = assembly.target.join(path).join(longest);
            return Err(AssembleError::io("create", &path)(Errno::NAMETOOLONG.into()));
        }
    }
    Ok(())
}

fn changed(distribution: usize, path: PathBuf, change: Change) -> AssembleError {
    AssembleError::Changed {
        distribution,
        path,
        change,
    }
}

/// Compares a tree file with its entry: nothing of it may have changed since it was unpacked.
fn verify(entry: &Entry, name: &Path, folder: BorrowedFd, owner: u32) -> Result<(), Change> {
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|_| Change::Missing)?;
    check(&stat, Original::of(entry), owner)
}

fn open_folder(parent: BorrowedFd, path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(parent, path, flags, Mode::empty())?)
}
