//! Writing a file so that it is there completely or not at all.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::error::{Context, FsError};

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
    fs::create_dir_all(folder).context("create folder", folder)?;
    let mut file = tempfile::Builder::new()
        // Less the umask: a store may be shared by users.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(staging)
        .context("create a temporary file in", staging)?;
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
