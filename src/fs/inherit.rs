//! Rights of what a store consists of: closed to others whatever the umask says, and handed down where a group shares it.
//!
//! A folder is shared by its group if that may write it and the setgid bit is set. What is made in such a folder is the group's, too.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::Path;

use walkdir::WalkDir;

/// Bits of a folder that is shared by its group.
const SHARED: u32 = 0o2020;
/// Mode of a folder in one.
const SHARED_FOLDER: u32 = 0o2775;
/// Mode of a file in one.
const SHARED_FILE: u32 = 0o664;
/// Rights that a loose umask would give away.
const LOOSE: u32 = 0o022;

/// Creates a folder and those above it that are missing: to be written by their owner only, or by the group that shares the folder above
/// them.
///
/// # Errors
/// When one cannot be created.
pub fn create_folders(folder: &Path) -> io::Result<()> {
    if fs::metadata(folder).is_ok_and(|there| there.is_dir()) {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        create_folders(above)?;
    }
    match DirBuilder::new().mode(0o755).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Ok(()) if is_shared(above.unwrap_or(Path::new("."))) => share_folder(folder),
        other => other,
    }
}

/// Shares a folder of our own with its group.
///
/// # Errors
/// When its mode cannot be changed.
pub fn share_folder(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(SHARED_FOLDER))
}

/// Gives a file of our own, which will be renamed into `folder`, the rights that files there have.
///
/// # Errors
/// When its mode cannot be changed.
pub fn settle_file(file: &File, folder: &Path) -> io::Result<()> {
    let mode = file.metadata()?.mode() & 0o7777;
    let wanted = if is_shared(folder) { SHARED_FILE } else { mode & !LOOSE };
    if mode == wanted {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(wanted))
}

/// Gives a finished tree of our own, which will be renamed into `folder`, the rights that folders there have. Its files have theirs.
///
/// # Errors
/// When a mode cannot be changed.
pub fn settle_tree(tree: &Path, folder: &Path) -> io::Result<()> {
    let above = fs::metadata(folder)?;
    let shared = above.mode() & SHARED == SHARED;
    // What the umask was, the topmost folder tells: mostly there is nothing to do.
    if !shared && fs::metadata(tree)?.mode() & LOOSE == 0 {
        return Ok(());
    }
    for entry in WalkDir::new(tree) {
        let entry = entry?;
        if !entry.file_type().is_dir() {
            continue;
        }
        let found = entry.metadata()?;
        let mode = found.mode() & 0o7777;
        let wanted = if shared { SHARED_FOLDER } else { mode & !LOOSE };
        if shared && found.gid() != above.gid() {
            // A mode that was set on the way has taken the group's bit away.
            chown(entry.path(), None, Some(above.gid()))?;
        }
        if mode != wanted {
            fs::set_permissions(entry.path(), Permissions::from_mode(wanted))?;
        }
    }
    Ok(())
}

/// Whether a folder is shared by its group; one that cannot be looked at is not.
pub fn is_shared(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|there| there.mode() & SHARED == SHARED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn what_is_made_in_a_shared_folder_is_shared() {
        let folder = tempfile::tempdir().unwrap();
        let (own, shared) = (folder.path().join("own"), folder.path().join("shared"));
        create_folders(&own.join("a/b")).unwrap();
        create_folders(&shared).unwrap();
        share_folder(&shared).unwrap();
        create_folders(&shared.join("a/b")).unwrap();
        create_folders(&shared.join("a/b")).unwrap();
        assert_eq!([mode(&own.join("a")), mode(&own.join("a/b"))], [0o755; 2]);
        assert_eq!([mode(&shared.join("a")), mode(&shared.join("a/b"))], [0o2775; 2]);
        fs::write(own.join("file"), "").unwrap();
        assert!(create_folders(&own.join("file/x")).is_err() && create_folders(&own.join("file")).is_err());
    }

    #[test]
    fn what_a_loose_umask_made_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let (tree, shared) = (folder.path().join("tree"), folder.path().join("shared"));
        fs::create_dir_all(tree.join("inner")).unwrap();
        fs::write(tree.join("inner/file"), "").unwrap();
        for loose in [&tree, &tree.join("inner")] {
            fs::set_permissions(loose, Permissions::from_mode(0o777)).unwrap();
        }
        let file = File::open(tree.join("inner/file")).unwrap();
        file.set_permissions(Permissions::from_mode(0o666)).unwrap();
        settle_tree(&tree, folder.path()).unwrap();
        settle_file(&file, folder.path()).unwrap();
        assert_eq!([mode(&tree), mode(&tree.join("inner"))], [0o755; 2]);
        assert_eq!(mode(&tree.join("inner/file")), 0o644);
        create_folders(&shared).unwrap();
        share_folder(&shared).unwrap();
        settle_tree(&tree, &shared).unwrap();
        settle_file(&file, &shared).unwrap();
        assert_eq!([mode(&tree), mode(&tree.join("inner"))], [0o2775; 2]);
        assert_eq!(mode(&tree.join("inner/file")), 0o664);
    }
}
