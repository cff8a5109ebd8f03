//! Open folders, and what is done to the names in them.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps, UTIME_NOW};

/// Opens a folder, so that names can be looked up in it; an empty path is the parent itself.
///
/// # Errors
/// When it is not there, or no folder.
pub fn open_folder(parent: BorrowedFd, path: &Path) -> io::Result<OwnedFd> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(parent, path, flags, Mode::empty())?)
}

/// Gives a file the current time; a link is not followed.
///
/// # Errors
/// When it is not there, or somebody else's.
pub fn touch(folder: BorrowedFd, name: &Path) -> io::Result<()> {
    const NOW: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: NOW,
        last_modification: NOW,
    };
    Ok(rustix::fs::utimensat(folder, name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}
