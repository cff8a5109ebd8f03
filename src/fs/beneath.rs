//! Files below one folder, and nowhere else: names that come from outside are resolved by the kernel so that they cannot lead out.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

/// A folder that is written below.
#[derive(Debug)]
pub struct Beneath {
    root: OwnedFd,
}

impl Beneath {
    /// Opens the folder, which must be one itself.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let root = rustix::fs::open(folder, flags, Mode::empty())?;
        Ok(Self { root })
    }

    /// Creates a file that is not there, through no link; the umask applies to its mode.
    ///
    /// # Errors
    /// When there is something, or the folder is not there, or the file cannot be created.
    pub fn create(&self, path: &str, mode: Mode) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(self.resolve(path, flags, mode)?))
    }

    #[cfg(target_os = "linux")]
    fn resolve(&self, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        use rustix::fs::ResolveFlags;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(&self.root, path, flags, mode, within) {
            // Kernels before 5.6, and containers whose filter does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => rustix::fs::openat(&self.root, path, flags, mode),
            other => other,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn resolve(&self, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        rustix::fs::openat(&self.root, path, flags, mode)
    }

    /// Makes a folder whose parent is there, with exactly this mode; one that is there already stays as it is.
    ///
    /// # Errors
    /// When something else is there, or the folder cannot be made.
    pub fn make_folder(&self, path: &str, mode: Mode) -> io::Result<()> {
        match rustix::fs::mkdirat(&self.root, path, mode) {
            Ok(()) => Ok(rustix::fs::chmodat(&self.root, path, mode, AtFlags::empty())?),
            Err(Errno::EXIST) => {
                let there = rustix::fs::statat(&self.root, path, AtFlags::SYMLINK_NOFOLLOW)?;
                // Nothing that leads elsewhere will do.
                if FileType::from_raw_mode(there.st_mode).is_dir() {
                    Ok(())
                } else {
                    Err(io::ErrorKind::NotADirectory.into())
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same with all folders above it.
    ///
    /// # Errors
    /// As [`make_folder`](Self::make_folder).
    pub fn make_folders(&self, path: &str, mode: Mode) -> io::Result<()> {
        match self.make_folder(path, mode) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (above, _) = path.rsplit_once('/').ok_or(error)?;
                self.make_folders(above, mode)?;
                self.make_folder(path, mode)
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_made_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("target");
        fs::create_dir(&target).unwrap();
        let beneath = Beneath::open(&target).unwrap();
        let mode = Mode::RWXU;
        beneath.make_folders("a/b/c", mode).unwrap();
        beneath.create("a/b/c/file", mode).unwrap();
        symlink("..", target.join("up")).unwrap();
        symlink("nowhere", target.join("a/link")).unwrap();
        for path in ["up/evil", "a/link", "a/b/c/file", "missing/x"] {
            assert!(beneath.create(path, mode).is_err(), "{path}");
        }
        assert!(beneath.make_folders("up", mode).is_err());
        assert!(beneath.make_folders("a/b/c/file/x", mode).is_err());
        if cfg!(target_os = "linux") {
            let outside = root.path().join("evil").display().to_string();
            for path in ["../evil", outside.as_str()] {
                assert!(beneath.create(path, mode).is_err(), "{path}");
            }
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
