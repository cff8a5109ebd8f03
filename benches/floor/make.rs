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

/// Folders with fewer entries of their own are not opened: one more name to look up costs less than opening and closing twice.
const WORTH_OPENING: usize = 8;

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

/// What a thread needs again and again.
#[derive(Default)]
struct Scratch {
    /// The path of what is being made, from the folder that is open.
    path: Vec<u8>,
    content: Vec<u8>,
}

impl Work {
    /// By one thread.
    pub(crate) fn serially(&self, root: &Folder, reference: &CStr, target: &Path) -> io::Result<()> {
        self.all(root, &open_roots(reference, target)?, &mut Scratch::default())
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
            scope.spawn(move |scope| match parent.make(child.name) {
                Ok(pair) => self.split(scope, child, &Arc::new(pair), failure),
                Err(error) => keep(Err(error)),
            });
        }
        let mut scratch = Scratch::default();
        for child in folder.folders.iter().filter(|child| child.weight < WORTH_A_TASK) {
            keep(self.child(child, pair, &mut scratch));
        }
        keep(self.files(&folder.files, pair, &mut scratch));
    }

    fn all(&self, folder: &Folder, pair: &Pair, scratch: &mut Scratch) -> io::Result<()> {
        self.files(&folder.files, pair, scratch)?;
        for child in &folder.folders {
            self.child(child, pair, scratch)?;
        }
        Ok(())
    }

    /// Makes a folder and all below it; `scratch.path` is its parent's.
    fn child(&self, child: &Folder, pair: &Pair, scratch: &mut Scratch) -> io::Result<()> {
        let before = scratch.path.len();
        scratch.path.extend_from_slice(child.name.to_bytes_with_nul());
        let path = path(&scratch.path)?;
        if child.files.len() + child.folders.len() >= WORTH_OPENING {
            let opened = pair.make(path)?;
            let outer = std::mem::take(&mut scratch.path);
            self.all(child, &opened, scratch)?;
            scratch.path = outer;
        } else {
            make_folder(pair, path)?;
            scratch.path.pop();
            scratch.path.push(b'/');
            self.all(child, pair, scratch)?;
        }
        scratch.path.truncate(before);
        Ok(())
    }

    fn files(&self, files: &[Entry], pair: &Pair, scratch: &mut Scratch) -> io::Result<()> {
        let before = scratch.path.len();
        for file in files {
            scratch.path.extend_from_slice(file.name.to_bytes_with_nul());
            self.file(file, pair, path(&scratch.path)?, &mut scratch.content)?;
            scratch.path.truncate(before);
        }
        Ok(())
    }

    fn file(&self, file: &Entry, pair: &Pair, path: &CStr, content: &mut Vec<u8>) -> io::Result<()> {
        match file.kind {
            Kind::Link => linkat(&pair.from, path, &pair.to, path, AtFlags::empty())?,
            Kind::Symlink(destination) => symlinkat(destination, &pair.to, path)?,
            Kind::Copy { mode, offset, length } => {
                content.resize(length, 0);
                match &self.copies {
                    Copies::Source => {
                        let source = openat(&pair.from, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
                        File::from(source).read_exact_at(content, 0)?;
                    }
                    Copies::List(data) => data.read_exact_at(content, offset)?,
                }
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
                let target = openat(&pair.to, path, flags, Mode::from_raw_mode(mode))?;
                File::from(target).write_all(content)?;
            }
        }
        Ok(())
    }
}

impl Pair {
    /// Makes a folder and opens it, and the one that it is made after.
    fn make(&self, path: &CStr) -> io::Result<Self> {
        make_folder(self, path)?;
        Ok(Self {
            from: open(self.from.as_fd(), path)?,
            to: open(self.to.as_fd(), path)?,
        })
    }
}

fn make_folder(parent: &Pair, path: &CStr) -> io::Result<()> {
    Ok(mkdirat(&parent.to, path, Mode::from_raw_mode(0o777))?)
}

fn open_roots(reference: &CStr, target: &Path) -> io::Result<Pair> {
    std::fs::create_dir(target)?;
    Ok(Pair {
        from: open(CWD, reference)?,
        to: open(CWD, target)?,
    })
}

fn open(parent: BorrowedFd, path: impl rustix::path::Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(parent, path, flags, Mode::empty())?)
}

fn path(bytes: &[u8]) -> io::Result<&CStr> {
    CStr::from_bytes_with_nul(bytes).map_err(io::Error::other)
}
