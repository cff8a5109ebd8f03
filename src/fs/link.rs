//! Link modes: how a file of a tree gets into an environment.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::str::FromStr;

use rustix::fs::{AtFlags, Mode, OFlags};
use serde::{Deserialize, Serialize};

/// How files of a tree get into an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkMode {
    /// Hard links: no bytes are copied, the inode is shared with the store.
    Hardlink,
    /// Reflinks (copy on write): blocks are shared, inodes are not.
    Clone,
    /// Plain copies.
    Copy,
}

/// A link mode that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown link mode '{0}' (hardlink, clone or copy)")]
pub struct UnknownLinkMode(String);

impl LinkMode {
    /// The mode that is tried first on this system.
    pub const DEFAULT: Self = if cfg!(target_os = "macos") {
        Self::Clone
    } else {
        Self::Hardlink
    };

    /// What is tried when this mode does not work between two filesystems.
    pub fn fallback(self) -> Option<Self> {
        match self {
            Self::Hardlink | Self::Clone => Some(Self::Copy),
            Self::Copy => None,
        }
    }

    /// Whether a failure means that the mode cannot work between these two folders, and not that something is wrong.
    pub fn is_unsupported(error: &io::Error) -> bool {
        use rustix::io::Errno;
        let errnos = [
            Errno::XDEV,
            Errno::PERM,
            Errno::MLINK,
            Errno::OPNOTSUPP,
            Errno::NOTTY,
            Errno::INVAL,
            Errno::NOSYS,
        ];
        error
            .raw_os_error()
            .is_some_and(|code| errnos.iter().any(|errno| errno.raw_os_error() == code))
    }

    /// Tries the mode once with a throwaway file, from `from` (a folder of the store) to `to`, and returns the mode that works.
    ///
    /// # Errors
    /// When not even a copy can be made: one of the folders cannot be written.
    pub fn probe(self, from: &Path, to: &Path) -> io::Result<Self> {
        let source = tempfile::NamedTempFile::new_in(from)?;
        let target = tempfile::Builder::new().prefix(".snapenv-probe-").tempdir_in(to)?;
        let from_folder = File::open(from)?;
        let to_folder = File::open(target.path())?;
        let name = source.path().file_name().unwrap_or_default();
        let mut mode = self;
        loop {
            match mode.place(from_folder.as_fd(), to_folder.as_fd(), name.as_ref(), Mode::from(0o600)) {
                Ok(()) => return Ok(mode),
                Err(error) => mode = mode.fallback().ok_or(error)?,
            }
        }
    }

    /// Puts the file `name` of the folder `from` into the folder `to` under the same name; `mode` is that of a copy.
    ///
    /// # Errors
    /// Those of the system; `is_unsupported` tells which mean that another link mode is needed.
    pub fn place(self, from: BorrowedFd, to: BorrowedFd, name: &Path, mode: Mode) -> io::Result<()> {
        match self {
            Self::Hardlink => Ok(rustix::fs::linkat(from, name, to, name, AtFlags::empty())?),
            Self::Clone => clone_file(from, to, name, mode),
            Self::Copy => copy_file(from, to, name, mode).map(drop),
        }
    }
}

/// Copies a file between two folders under the same name, with the times of the copy; the kernel shares blocks where it can.
pub(crate) fn copy_file(from: BorrowedFd, to: BorrowedFd, name: &Path, mode: Mode) -> io::Result<File> {
    let (mut source, mut target) = open_pair(from, to, name, mode)?;
    io::copy(&mut source, &mut target)?;
    rustix::fs::fchmod(&target, mode)?;
    Ok(target)
}

fn open_pair(from: BorrowedFd, to: BorrowedFd, name: &Path, mode: Mode) -> io::Result<(File, File)> {
    let source = rustix::fs::openat(from, name, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty())?;
    let create = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let target = rustix::fs::openat(to, name, create, mode | Mode::WUSR)?;
    Ok((File::from(source), File::from(target)))
}

#[cfg(target_os = "linux")]
fn clone_file(from: BorrowedFd, to: BorrowedFd, name: &Path, mode: Mode) -> io::Result<()> {
    let (source, target) = open_pair(from, to, name, mode)?;
    let cloned = rustix::fs::ioctl_ficlone(&target, &source)
        .map_err(io::Error::from)
        .and_then(|()| keep_times(&source, &target))
        .and_then(|()| Ok(rustix::fs::fchmod(&target, mode)?));
    if cloned.is_err() {
        // A failed clone leaves an empty file that would stand in the way of the fallback.
        rustix::fs::unlinkat(to, name, AtFlags::empty())?;
    }
    cloned
}

#[cfg(target_os = "macos")]
fn clone_file(from: BorrowedFd, to: BorrowedFd, name: &Path, mode: Mode) -> io::Result<()> {
    let source = rustix::fs::openat(from, name, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty())?;
    rustix::fs::fclonefileat(&source, to, name, rustix::fs::CloneFlags::empty())?;
    Ok(rustix::fs::chmodat(to, name, mode, AtFlags::empty())?)
}

/// Gives a copy the modification time of its source.
#[cfg(target_os = "linux")]
fn keep_times(source: &File, target: &File) -> io::Result<()> {
    target.set_modified(source.metadata()?.modified()?)
}

impl fmt::Display for LinkMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Hardlink => "hardlink",
            Self::Clone => "clone",
            Self::Copy => "copy",
        })
    }
}

impl FromStr for LinkMode {
    type Err = UnknownLinkMode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Hardlink, Self::Clone, Self::Copy]
            .into_iter()
            .find(|mode| mode.to_string() == text)
            .ok_or_else(|| UnknownLinkMode(text.to_owned()))
    }
}
