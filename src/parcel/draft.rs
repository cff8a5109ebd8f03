//! A file that has no name before it is complete: whoever is killed leaves nothing behind.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD};
use rustix::io::Errno;
use tempfile::NamedTempFile;

/// How names of files begin that are not complete.
const PREFIX: &str = ".snapenv-export-";

/// A file that is being written.
#[derive(Debug)]
pub struct Draft {
    inner: Inner,
    place: PathBuf,
}

#[derive(Debug)]
enum Inner {
    Unnamed(File),
    /// Where the filesystem knows no files without names.
    Named(NamedTempFile),
}

impl Draft {
    /// Begins a file that will be at `place`.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn new(place: &Path) -> io::Result<Self> {
        let folder = folder_of(place);
        let inner = match unnamed(folder) {
            Some(file) => Inner::Unnamed(file),
            None => Inner::Named(
                tempfile::Builder::new()
                    .prefix(PREFIX)
                    .permissions(Permissions::from_mode(0o666))
                    .tempfile_in(folder)?,
            ),
        };
        Ok(Self {
            inner,
            place: place.to_owned(),
        })
    }

    /// Flushes the file and puts it in its place, whatever was there.
    ///
    /// # Errors
    /// When it cannot be flushed, or named.
    pub fn publish(self) -> io::Result<()> {
        match self.inner {
            Inner::Named(file) => {
                file.as_file().sync_all()?;
                file.persist(&self.place).map_err(|failed| failed.error)?;
            }
            Inner::Unnamed(file) => {
                file.sync_all()?;
                let this = format!("/proc/self/fd/{}", file.as_raw_fd());
                let link = |name: &Path| rustix::fs::linkat(CWD, this.as_str(), CWD, name, AtFlags::SYMLINK_FOLLOW);
                match link(&self.place) {
                    // A name can be given, but not taken from another: a private one first.
                    Err(Errno::EXIST) => {
                        let private = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder_of(&self.place))?;
                        let named = private.path().join("export");
                        link(&named)?;
                        fs::rename(&named, &self.place)?;
                    }
                    linked => linked?,
                }
            }
        }
        Ok(())
    }
}

/// A file without a name, where there are such.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(folder, flags, Mode::from_raw_mode(0o666)).ok()?;
    // It is named by way of this folder.
    Path::new("/proc/self/fd").is_dir().then(|| File::from(opened))
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> Option<File> {
    None
}

fn folder_of(place: &Path) -> &Path {
    place
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Unnamed(file) => file.write(bytes),
            Inner::Named(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.inner {
            Inner::Unnamed(file) => file.flush(),
            Inner::Named(file) => file.flush(),
        }
    }
}
