//! Removing whole trees.
//!
//! Names are looked up in open folders: no path is walked twice, none is too long, and a link that takes a folder's place is not followed.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rayon::prelude::*;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::path::Arg;

/// Removes a folder with everything in it, or a file, or nothing if nothing is there; folders side by side are removed in parallel. Folders
/// that may not be written are made writable first.
///
/// # Errors
/// The first error met; what could be removed is gone by then.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => remove_folder(CWD, path),
        Ok(_) => fs::remove_file(path),
    }
}

fn remove_folder(parent: BorrowedFd, name: impl Arg + Copy) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    match empty(folder.as_fd()) {
        // Merged layers have folders that only root can remove files from.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            rustix::fs::fchmod(&folder, Mode::RWXU)?;
            empty(folder.as_fd())?;
        }
        emptied => emptied?,
    }
    Ok(rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?)
}

fn empty(folder: BorrowedFd) -> io::Result<()> {
    let mut folders: Vec<CString> = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let inner = entry.file_name();
        if matches!(inner.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            // Not every filesystem says it along with the name.
            FileType::Unknown => FileType::from_raw_mode(rustix::fs::statat(folder, inner, AtFlags::SYMLINK_NOFOLLOW)?.st_mode),
            known => known,
        };
        if kind == FileType::Directory {
            folders.push(inner.to_owned());
        } else {
            rustix::fs::unlinkat(folder, inner, AtFlags::empty())?;
        }
    }
    folders
        .par_iter()
        .map(|inner| remove_folder(folder, inner.as_c_str()))
        .collect::<io::Result<Vec<()>>>()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn what_no_path_reaches_is_removed_too() {
        let parent = tempfile::tempdir().unwrap();
        let top = parent.path().join("top");
        fs::create_dir(&top).unwrap();
        let mut folder = fs::File::open(&top).unwrap();
        let name = "d".repeat(200);
        for _ in 0..30 {
            rustix::fs::mkdirat(&folder, &name, Mode::RWXU).unwrap();
            let inner = rustix::fs::openat(&folder, &name, OFlags::RDONLY, Mode::empty()).unwrap();
            folder = inner.into();
        }
        drop(folder);
        remove_tree(&top).unwrap();
        assert!(!top.exists());
    }

    #[test]
    fn links_are_removed_and_not_followed() {
        let parent = tempfile::tempdir().unwrap();
        let (top, precious) = (parent.path().join("top"), parent.path().join("precious"));
        fs::create_dir_all(top.join("a/b")).unwrap();
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "").unwrap();
        symlink(&precious, top.join("a/link")).unwrap();
        symlink(&top, parent.path().join("link")).unwrap();
        remove_tree(&parent.path().join("link")).unwrap();
        assert!(top.join("a/b").is_dir());
        remove_tree(&top).unwrap();
        remove_tree(&top).unwrap();
        assert!(!top.exists() && precious.join("file").exists());
    }

    /// Only a user who is not root can see this fail.
    #[test]
    fn folders_that_may_not_be_written_are_removed_too() {
        let temporary = tempfile::tempdir().unwrap();
        let sealed = temporary.path().join("a/b");
        fs::create_dir_all(sealed.join("c")).unwrap();
        fs::write(sealed.join("c/file"), "").unwrap();
        for folder in [sealed.join("c"), sealed.clone(), temporary.path().join("a")] {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
        }
        remove_tree(&temporary.path().join("a")).unwrap();
        assert!(!sealed.exists());
    }
}
