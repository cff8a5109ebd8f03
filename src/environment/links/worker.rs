//! One thread's share: a part of an open folder, with the small folders below it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, CWD, Mode};
use rustix::io::Errno;

use super::{Job, mode_of, number_of};
use crate::environment::assemble::InTheWay;
use crate::environment::error::{AssembleError, Change};
use crate::environment::original::check;
use crate::environment::snapshot::{Entry, Original, Role};
use crate::fs::{Failure, LinkMode, Verify, copy_file, open_folder};

/// Folders with fewer files and subfolders of their own are reached through the one that is open above them.
const WORTH_OPENING: usize = 8;

/// Folders of trees that one worker keeps open: there may be more distributions than a process may have files.
const KEPT_OPEN: usize = 64;

/// A folder of the environment that is open.
pub(super) struct Open {
    /// Which.
    pub(super) index: usize,
    pub(super) target: OwnedFd,
}

/// The same folder in the tree of a distribution.
struct Source {
    distribution: usize,
    folder: OwnedFd,
    owner: u32,
}

/// What one thread works with.
pub(super) struct Worker<'w> {
    job: &'w Job<'w>,
    open: &'w Open,
    sources: Vec<Source>,
    /// From the open folder to what is being made.
    path: PathBuf,
}

impl<'w> Worker<'w> {
    pub(super) fn new(job: &'w Job<'w>, open: &'w Open) -> Self {
        Self {
            job,
            open,
            sources: Vec::new(),
            path: PathBuf::new(),
        }
    }

    /// Makes a subfolder with all that is in it.
    pub(super) fn subtree(&mut self, index: usize) -> Result<(), AssembleError> {
        let job = self.job;
        let folder = &job.assembly.snapshot.folders[index];
        self.path.push(job.assembly.snapshot.name(folder.name));
        let own = folder.files.len() + job.children[index].len();
        if own >= WORTH_OPENING {
            let open = self.opened(index)?;
            Worker::new(job, &open).all(index)?;
        } else {
            self.make_folder()?;
            self.all(index)?;
        }
        self.path.pop();
        Ok(())
    }

    /// Makes a subfolder and opens it.
    pub(super) fn make_open(&mut self, index: usize) -> Result<Open, AssembleError> {
        let snapshot = self.job.assembly.snapshot;
        self.path.push(snapshot.name(snapshot.folders[index].name));
        let opened = self.opened(index);
        self.path.pop();
        opened
    }

    fn opened(&self, index: usize) -> Result<Open, AssembleError> {
        self.make_folder()?;
        let target = open_folder(self.open.target.as_fd(), &self.path);
        let target = target.map_err(AssembleError::io("create folder", &self.target_path()))?;
        Ok(Open { index, target })
    }

    fn make_folder(&self) -> Result<(), AssembleError> {
        match rustix::fs::mkdirat(&self.open.target, &self.path, Mode::from(0o777)) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) if self.target_path().is_dir() => Ok(()),
            Err(errno) => Err(AssembleError::io("create folder", &self.target_path())(errno.into())),
        }
    }

    fn all(&mut self, index: usize) -> Result<(), AssembleError> {
        let job = self.job;
        self.files(&job.assembly.snapshot.folders[index].files)?;
        job.children[index].iter().try_for_each(|child| self.subtree(*child))
    }

    /// Links files of the folder that the path leads to.
    pub(super) fn files(&mut self, files: &[Entry]) -> Result<(), AssembleError> {
        let job = self.job;
        for entry in files {
            self.path.push(job.assembly.snapshot.name(entry.name));
            self.file(entry)?;
            self.path.pop();
        }
        Ok(())
    }

    fn file(&mut self, entry: &Entry) -> Result<(), AssembleError> {
        let distribution = usize::from(entry.distribution);
        let at = self.source(distribution)?;
        let source = &self.sources[at];
        let changed = |change| AssembleError::Changed {
            distribution,
            path: self.tree_path(distribution).join(&self.path),
            change,
        };
        if self.job.assembly.verify != Verify::None {
            verify(entry, &self.path, source).map_err(changed)?;
        }
        self.place(entry, source.folder.as_fd()).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => changed(Change::Missing),
            _ => AssembleError::io("create", &self.target_path())(error),
        })
    }

    /// Where among the sources the tree of a distribution is.
    fn source(&mut self, distribution: usize) -> Result<usize, AssembleError> {
        let known = self.sources.iter().rposition(|source| source.distribution == distribution);
        if let Some(known) = known {
            return Ok(known);
        }
        let path = self.tree_path(distribution);
        let folder = open_folder(CWD, &path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => AssembleError::Changed {
                distribution,
                path: path.clone(),
                change: Change::Missing,
            },
            _ => AssembleError::io("open folder", &path)(error),
        })?;
        if self.sources.len() == KEPT_OPEN {
            self.sources.remove(0);
        }
        let owner = self.job.owner(distribution)?;
        self.sources.push(Source {
            distribution,
            folder,
            owner,
        });
        Ok(self.sources.len() - 1)
    }

    /// The open folder in the tree of a distribution.
    fn tree_path(&self, distribution: usize) -> PathBuf {
        self.job.assembly.trees[distribution].join(&self.job.paths[self.open.index])
    }

    /// What is being made.
    fn target_path(&self) -> PathBuf {
        let open = &self.job.paths[self.open.index];
        self.job.assembly.target.join(open).join(&self.path)
    }

    fn place(&self, entry: &Entry, source: BorrowedFd) -> io::Result<()> {
        let (target, path) = (self.open.target.as_fd(), self.path.as_path());
        // Those of a copy; the umask applies, as to the files that pip writes.
        let mode = Mode::from(if entry.executable { 0o777 } else { 0o666 });
        if entry.role == Role::Private {
            return self.replacing(|| copy_file(source, target, path, mode));
        }
        let used = &self.job.mode;
        loop {
            let number = used.load(Ordering::Relaxed);
            let link = mode_of(number);
            let error = match self.replacing(|| link.place(source, target, path, mode)) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            match (LinkMode::judge(&error), link.fallback()) {
                (Failure::ModeUnsupported, Some(fallback)) => {
                    // Another thread may have fallen back already; both then try the same mode next.
                    let _ = used.compare_exchange(number, number_of(fallback), Ordering::Relaxed, Ordering::Relaxed);
                }
                (Failure::ThisFileOnly, Some(_)) => {
                    self.job.exceptions.fetch_add(1, Ordering::Relaxed);
                    return self.replacing(|| LinkMode::Copy.place(source, target, path, mode));
                }
                _ => return Err(error),
            }
        }
    }

    /// Runs `place`; a file that stands in the way is replaced where it may be.
    fn replacing(&self, place: impl Fn() -> io::Result<()>) -> io::Result<()> {
        match (place(), self.job.assembly.in_the_way) {
            (Err(error), InTheWay::Replaced) if error.kind() == io::ErrorKind::AlreadyExists => {
                rustix::fs::unlinkat(&self.open.target, &self.path, AtFlags::empty())?;
                place()
            }
            (other, _) => other,
        }
    }
}

/// Compares a tree file with its entry: nothing of it may have changed since it was unpacked.
fn verify(entry: &Entry, path: &Path, source: &Source) -> Result<(), Change> {
    let stat = rustix::fs::statat(&source.folder, path, AtFlags::SYMLINK_NOFOLLOW).map_err(|_| Change::Missing)?;
    check(&stat, Original::of(entry), source.owner)
}
