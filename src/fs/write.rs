//! Writing a file so that it is there completely or not at all.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::cleanup::Cleanup;
use super::error::{Context, FsError};
use super::inherit::{create_folders, settle_file};
use super::owner::own_file;

/// Whether an entry must survive a power cut once its name is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The file is flushed before the rename and the folder after it.
    Durable,
    /// The entry can be made again; losing it costs work only.
    Derived,
}

/// Writes `content` to `path` by way of a temporary file in `staging` (same filesystem) and a rename. An existing file is replaced.
///
/// # Errors
/// When the file cannot be written or renamed; nothing is left behind then.
pub fn write_new(path: &Path, content: &[u8], staging: &Path, durability: Durability) -> Result<(), FsError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folders(folder).context("create folder", folder)?;
    // Less the umask: stores are shared by users, and hold no secrets.
    let mut file = own_file(staging)?;
    let _unless_renamed = Cleanup::remove(file.path());
    settle_file(file.as_file(), folder).context("change the mode of", path)?;
    file.write_all(content).context("write", path)?;
    if durability == Durability::Durable {
        file.as_file().sync_all().context("flush", path)?;
    }
    file.persist(path).map_err(|failed| failed.error).context("write", path)?;
    if durability == Durability::Durable {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Flushes a folder, so that a rename into it survives a power cut.
///
/// # Errors
/// When the folder cannot be opened or flushed.
pub fn sync_folder(folder: &Path) -> Result<(), FsError> {
    File::open(folder)
        .and_then(|handle| handle.sync_all())
        .context("flush folder", folder)
}

/// Flushes all that was written to the filesystem of a folder: cheaper than flushing thousands of files one by one.
///
/// # Errors
/// When the folder cannot be opened, or something not be flushed.
pub fn sync_filesystem(folder: &Path) -> Result<(), FsError> {
    let handle = File::open(folder).context("open folder", folder)?;
    flush(&handle).context("flush the filesystem of", folder)
}

#[cfg(target_os = "linux")]
fn flush(folder: &File) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

#[cfg(not(target_os = "linux"))]
fn flush(folder: &File) -> std::io::Result<()> {
    rustix::fs::sync();
    folder.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn other_users_of_a_store_may_read_what_the_umask_lets_them() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, written) = (folder.path().join("plain"), folder.path().join("written"));
        fs::write(&plain, "").unwrap();
        write_new(&written, b"", folder.path(), Durability::Derived).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&written), mode(&plain));
    }
}
