//! The files of trees: linked or copied, folder by folder, in parallel by subtree.
//!
//! A folder's subfolders are independent of each other once it exists; within large folders the files are split as well.
//!
//! # Performance
//! What counts is the number of system calls: names are looked up in open folders, so that no long path is walked per file; small folders
//! are not opened, since one more name to look up costs less than to open and close two folders; and small subtrees stay with the thread
//! that made their parent.

mod worker;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rayon::{Scope, ThreadPoolBuilder};
use rustix::fs::CWD;
use rustix::io::Errno;

use super::assemble::Assembly;
use super::error::AssembleError;
use crate::fs::{LinkMode, open_folder};
use worker::{Open, Worker};

/// Files that one task handles; larger folders are split.
const CHUNK: usize = 256;

/// Files that are worth more than one thread.
const SEVERAL: usize = 128;

/// Files that are worth more threads than there are cores.
const MANY: usize = 4_000;

/// As many as that.
const THREADS: usize = 8;

/// Subtrees with fewer files and folders stay with the thread that made their parent.
const WORTH_A_TASK: usize = 32;

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
    let root = Arc::new(Open {
        index: 0,
        target: open_folder(CWD, assembly.target).map_err(AssembleError::io("open folder", assembly.target))?,
    });
    with_threads_for(assembly, || rayon::scope(|scope| job.fill(scope, &root)));
    match job.failure.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(Links {
            mode: mode_of(job.mode.load(Ordering::Relaxed)),
            exceptions: job.exceptions.load(Ordering::Relaxed),
        }),
    }
}

/// Runs `work` with more threads than cores where there are many files: with a cold page cache, most of them wait for the disk. Of a store
/// in memory, nothing has to be waited for. A few files are linked by one of our own: to ask how many cores a container allows, and to wake
/// threads for them, takes longer.
fn with_threads_for(assembly: &Assembly, work: impl FnOnce() + Send) {
    let files: usize = assembly.snapshot.folders.iter().map(|folder| folder.files.len()).sum();
    let threads = ThreadPoolBuilder::new();
    let pool = if files < SEVERAL {
        Some(threads.num_threads(1).build())
    } else if files >= MANY && !is_in_memory(assembly) {
        Some(threads.num_threads(THREADS.max(rayon::current_num_threads())).build())
    } else {
        None
    };
    match pool {
        Some(Ok(pool)) => pool.install(work),
        // As many as there are will do.
        _ => work(),
    }
}

/// Whether the trees are in memory.
#[cfg(target_os = "linux")]
fn is_in_memory(assembly: &Assembly) -> bool {
    /// `TMPFS_MAGIC` of statfs(2).
    const TMPFS: u64 = 0x0102_1994;
    let tree = assembly.trees.iter().find(|tree| !tree.as_os_str().is_empty());
    let found = tree.and_then(|tree| rustix::fs::statfs(tree).ok());
    found.is_some_and(|found| u64::try_from(found.f_type) == Ok(TMPFS))
}

/// Whether the trees are in memory.
#[cfg(not(target_os = "linux"))]
fn is_in_memory(_assembly: &Assembly) -> bool {
    false
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
    /// Files and folders in each folder, at any depth.
    weights: Vec<usize>,
    /// Path of each folder within the environment.
    paths: Vec<PathBuf>,
    /// The owner of each tree, who must be that of its files.
    owners: Vec<OnceLock<u32>>,
    /// The mode in use, as its number: it falls back once for all.
    mode: AtomicU8,
    exceptions: AtomicU64,
    failure: Mutex<Option<AssembleError>>,
}

impl<'a> Job<'a> {
    fn new(assembly: &'a Assembly<'a>) -> Result<Self, AssembleError> {
        let folders = &assembly.snapshot.folders;
        let mut children = vec![Vec::new(); folders.len()];
        let mut weights: Vec<usize> = folders.iter().map(|folder| folder.files.len()).collect();
        // Parents stand before their children: backwards, each has its whole weight when it is added to its parent's.
        for (index, folder) in folders.iter().enumerate().skip(1).rev() {
            children[folder.parent].push(index);
            weights[folder.parent] += weights[index] + 1;
        }
        let paths = assembly.snapshot.paths(folders);
        check_lengths(assembly, &paths)?;
        Ok(Self {
            assembly,
            children,
            weights,
            paths,
            owners: assembly.trees.iter().map(|_| OnceLock::new()).collect(),
            mode: AtomicU8::new(number_of(assembly.mode)),
            exceptions: AtomicU64::new(0),
            failure: Mutex::new(None),
        })
    }

    /// The owner of a tree.
    fn owner(&self, distribution: usize) -> Result<u32, AssembleError> {
        if let Some(owner) = self.owners[distribution].get() {
            return Ok(*owner);
        }
        let path = &self.assembly.trees[distribution];
        let stat = rustix::fs::stat(path).map_err(|errno| AssembleError::io("open tree", path)(errno.into()))?;
        Ok(*self.owners[distribution].get_or_init(|| stat.st_uid))
    }

    fn stopped(&self) -> bool {
        self.failure.lock().map_or(true, |failure| failure.is_some())
    }

    fn keep(&self, result: Result<(), AssembleError>) {
        if let (Err(error), Ok(mut failure)) = (result, self.failure.lock()) {
            failure.get_or_insert(error);
        }
    }

    /// Fills an open folder: large subfolders and further files by tasks of their own, so that other threads can begin with them.
    fn fill<'s>(&'s self, scope: &Scope<'s>, open: &Arc<Open>) {
        if self.stopped() {
            return;
        }
        let (large, small): (Vec<usize>, Vec<usize>) = self.children[open.index]
            .iter()
            .partition(|child| self.weights[**child] >= WORTH_A_TASK);
        for child in large {
            let parent = Arc::clone(open);
            scope.spawn(move |scope| match Worker::new(self, &parent).make_open(child) {
                Ok(opened) => {
                    drop(parent);
                    self.fill(scope, &Arc::new(opened));
                }
                Err(error) => self.keep(Err(error)),
            });
        }
        let files = &self.assembly.snapshot.folders[open.index].files;
        let (first, rest) = files.split_at(files.len().min(CHUNK));
        for chunk in rest.chunks(CHUNK) {
            let open = Arc::clone(open);
            scope.spawn(move |_| self.keep(Worker::new(self, &open).files(chunk)));
        }
        let mut worker = Worker::new(self, open);
        self.keep(small.into_iter().try_for_each(|child| worker.subtree(child)));
        self.keep(worker.files(first));
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
