//! Making the tree.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rayon::Scope;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, mkdirat, openat, symlinkat};

use crate::list::{Entry, Folder, Kind};

/// Subtrees with fewer files and folders stay with the thread that made their parent.
const WORTH_A_TASK: usize = 32;

/// Where the contents of copies come from.
pub(crate) enum Copies {
    /// The files of the reference.
    Source,
    /// The list's data, one file for all.
    List(File),
}

/// How the tree is made.
pub(crate) struct Work {
    pub(crate) copies: Copies,
}

/// A folder of the reference and the new one.
struct Pair {
    from: OwnedFd,
    to: OwnedFd,
}

impl Work {
    /// By one thread.
    pub(crate) fn serially(&self, root: &Folder, reference: &CStr, target: &Path) -> io::Result<()> {
        self.all(root, &open_roots(reference, target)?, &mut Vec::new())
    }

    /// By the threads of the current pool, subtree by subtree.
    pub(crate) fn in_parallel(&self, root: &Folder, reference: &CStr, target: &Path) -> io::Result<()> {
        let failure = Mutex::new(None);
        let pair = Arc::new(open_roots(reference, target)?);
        rayon::scope(|scope| self.split(scope, root, &pair, &failure));
        match failure.into_inner() {
            Ok(Some(error)) => Err(error),
            _ => Ok(()),
        }
    }

    fn split<'s>(&'s self, scope: &Scope<'s>, folder: &'s Folder, pair: &Arc<Pair>, failure: &'s Mutex<Option<io::Error>>) {
        let keep = move |result: io::Result<()>| {
            if let (Err(error), Ok(mut failure)) = (result, failure.lock()) {
                failure.get_or_insert(error);
            }
        };
        // Children first: others can begin while this thread makes the files.
        for child in folder.folders.iter().filter(|child| child.weight >= WORTH_A_TASK) {
            let parent = Arc::clone(pair);
            scope.spawn(move |scope| match enter(child.name, &parent) {
                Ok(pair) => self.split(scope, child, &Arc::new(pair), failure),
                Err(error) => keep(Err(error)),
            });
        }
        let mut buffer = Vec::new();
        for child in folder.folders.iter().filter(|child| child.weight < WORTH_A_TASK) {
            keep(enter(child.name, pair).and_then(|pair| self.all(child, &pair, &mut buffer)));
        }
        keep(self.files(&folder.files, pair, &mut buffer));
    }

    fn all(&self, folder: &Folder, pair: &Pair, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.files(&folder.files, pair, buffer)?;
        for child in &folder.folders {
            self.all(child, &enter(child.name, pair)?, buffer)?;
        }
        Ok(())
    }

    fn files(&self, files: &[Entry], pair: &Pair, buffer: &mut Vec<u8>) -> io::Result<()> {
        for file in files {
            match file.kind {
                Kind::Link => linkat(&pair.from, file.name, &pair.to, file.name, AtFlags::empty())?,
                Kind::Symlink(content) => symlinkat(content, &pair.to, file.name)?,
                Kind::Copy { mode, offset, length } => {
                    buffer.resize(length, 0);
                    match &self.copies {
                        Copies::Source => {
                            let source = File::from(openat(&pair.from, file.name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?);
                            source.read_exact_at(buffer, 0)?;
                        }
                        Copies::List(data) => data.read_exact_at(buffer, offset)?,
                    }
                    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
                    let mut target = File::from(openat(&pair.to, file.name, flags, Mode::from_raw_mode(mode))?);
                    target.write_all(buffer)?;
                }
            }
        }
        Ok(())
    }
}

fn open_roots(reference: &CStr, target: &Path) -> io::Result<Pair> {
    std::fs::create_dir(target)?;
    Ok(Pair {
        from: open(CWD, reference)?,
        to: open(CWD, target)?,
    })
}

fn enter(name: &CStr, parent: &Pair) -> io::Result<Pair> {
    mkdirat(&parent.to, name, Mode::from_raw_mode(0o777))?;
    Ok(Pair {
        from: open(parent.from.as_fd(), name)?,
        to: open(parent.to.as_fd(), name)?,
    })
}

fn open(parent: BorrowedFd, name: impl rustix::path::Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(parent, name, flags, Mode::empty())?)
}
