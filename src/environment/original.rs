//! Files of trees are used only as they were unpacked.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::error::{AssembleError, Change};
use super::snapshot::Original;

/// Whether a file is as it was; `owner` is that of its tree.
pub(super) fn check(stat: &Stat, original: Original, owner: u32) -> Result<(), Change> {
    let mode = if original.executable { 0o100_555 } else { 0o100_444 };
    if u64::try_from(stat.st_size) != Ok(original.size) {
        Err(Change::Size)
    } else if stat.st_mtime != original.mtime {
        Err(Change::Time)
    } else if stat.st_mode != mode || stat.st_uid != owner {
        Err(Change::Access)
    } else {
        Ok(())
    }
}

/// Reads a file of the tree of a distribution, if it is as it was.
pub(super) fn read(tree: &Path, path: &str, original: Original, distribution: usize) -> Result<Vec<u8>, AssembleError> {
    let path = tree.join(path);
    let changed = |change| AssembleError::Changed {
        distribution,
        path: path.clone(),
        change,
    };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match rustix::fs::openat(CWD, &path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR) => return Err(changed(Change::Missing)),
        Err(Errno::LOOP | Errno::ACCESS) => return Err(changed(Change::Access)),
        Err(errno) => return Err(AssembleError::io("read", &path)(errno.into())),
    };
    let stat = rustix::fs::fstat(&file).map_err(|errno| AssembleError::io("read", &path)(errno.into()))?;
    let owner = std::fs::metadata(tree).map_err(AssembleError::io("read", tree))?.uid();
    check(&stat, original, owner).map_err(changed)?;
    let mut content = Vec::new();
    std::fs::File::from(file)
        .read_to_end(&mut content)
        .map_err(AssembleError::io("read", &path))?;
    Ok(content)
}
