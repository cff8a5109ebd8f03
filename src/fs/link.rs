//! Link modes: how a file of a tree gets into an environment.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::str::FromStr;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// Files up to this length are read and written at once.
const SMALL: usize = 16 << 10;

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

/// What a failed link means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The mode cannot work between these two filesystems.
    ModeUnsupported,
    /// This file has too many links, or may not be linked by this user.
    ThisFileOnly,
    /// Something is wrong that another mode would not mend.
    Real,
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

    /// What a failure of this mode means for the files still to come.
    pub fn judge(error: &io::Error) -> Failure {
        let Some(errno) = Errno::from_io_error(error) else {
            return Failure::Real;
        };
        match errno {
            Errno::XDEV | Errno::OPNOTSUPP | Errno::NOTTY | Errno::INVAL | Errno::NOSYS => Failure::ModeUnsupported,
            Errno::MLINK | Errno::PERM => Failure::ThisFileOnly,
            _ => Failure::Real,
        }
    }

    /// Puts the file `name` of the folder `from` into the folder `to` under the same name; `mode` is that of a copy; the umask applies to it.
    ///
    /// # Errors
    /// Those of the system; `is_unsupported` tells which mean that another link mode is needed.
    pub fn place(self, from: BorrowedFd, to: BorrowedFd, name: &Path, mode: Mode) -> io::Result<()> {
        match self {
            Self::Hardlink => Ok(rustix::fs::linkat(from, name, to, name, AtFlags::empty())?),
            Self::Clone => clone_file(from, to, name, mode),
            Self::Copy => copy_with_time(from, to, name, mode),
        }
    }
}

/// Copies a file between two folders under the same name, with the times of the copy; the kernel shares blocks where it can. The umask applies
/// to `mode`.
///
/// # Errors
/// Those of the system.
pub fn copy_file(from: BorrowedFd, to: BorrowedFd, name: &Path, mode: Mode) -> io::Result<()> {
    let (mut source, mut target) = open_pair(from, to, name, mode)?;
    copy_content(&mut source, &mut target)?;
    executable_for_all(&target, mode)
}

/// Small files, which most are, by reading and writing them: the kernel's own copying takes more calls.
fn copy_content(source: &mut File, target: &mut File) -> io::Result<()> {
    let mut buffer = [0; SMALL];
    let mut length = 0;
    while length < SMALL {
        match source.read(&mut buffer[length..]) {
            Ok(0) => return target.write_all(&buffer[..length]),
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    target.write_all(&buffer)?;
    io::copy(source, target).map(drop)
}

/// A copy in place of a link keeps the time of its source, which bytecode is checked against.
fn copy_with_time(from: BorrowedFd, to: BorrowedFd, name: &Path, mode: Mode) -> io::Result<()> {
    let (mut source, mut target) = open_pair(from, to, name, mode)?;
    copy_content(&mut source, &mut target)?;
    executable_for_all(&target, mode)?;
    keep_times(&source, &target)
}

/// pip makes executables executable for all, whatever the umask says.
fn executable_for_all(file: &File, mode: Mode) -> io::Result<()> {
    let all = Mode::XUSR | Mode::XGRP | Mode::XOTH;
    if !mode.contains(all) {
        return Ok(());
    }
    let now = Mode::from_raw_mode(rustix::fs::fstat(file)?.st_mode);
    if now.contains(all) {
        return Ok(());
    }
    Ok(rustix::fs::fchmod(file, now | all)?)
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
        .and_then(|()| executable_for_all(&target, mode));
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
    // The clone has the mode of its source, and the umask cannot be asked without changing it.
    let owners = mode - Mode::WGRP - Mode::WOTH;
    Ok(rustix::fs::chmodat(to, name, owners, AtFlags::empty())?)
}

/// Gives a copy the modification time of its source.
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
