//! Taking entries out of the store: renamed into a folder of their own, then removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::error::StoreError;
use super::open::Store;
use super::staging::signed_folder;
use crate::fs::{Attempt, Context, Lock, create_folders, own_bytes, remove_tree};

/// A private folder in the store's `trash/`. No signal waits for it to be emptied: what is left in it, later runs remove.
#[derive(Debug)]
pub struct Trash {
    folder: PathBuf,
    _lock: Option<Lock>,
    /// What is in it, in the order in which it was taken.
    taken: Vec<PathBuf>,
}

impl Store {
    /// The right to prune: one process at a time has it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn prune_lock(&self) -> Result<Attempt, StoreError> {
        let trash = self.home().trash();
        create_folders(&trash).context("create folder", &trash)?;
        Ok(Lock::attempt(&trash)?)
    }

    /// A folder for what is on its way out.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn trash(&self) -> Result<Trash, StoreError> {
        let (folder, lock) = signed_folder(&self.home().trash())?;
        Ok(Trash {
            folder: folder.keep(),
            _lock: lock,
            taken: Vec::new(),
        })
    }
}

impl Trash {
    /// Takes a file or folder of the store; from then on nobody finds it. Nothing happens if it is gone already.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn take(&mut self, path: &Path) -> Result<(), StoreError> {
        let place = self.folder.join(self.taken.len().to_string());
        match fs::rename(path, &place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            renamed => {
                renamed.context("remove", path)?;
                self.taken.push(place);
            }
        }
        Ok(())
    }

    /// Removes what was taken, but begins with nothing more behind the deadline; answers how many bytes that freed. What has hard links
    /// elsewhere frees nothing.
    pub fn empty(self, deadline: Option<Instant>) -> u64 {
        let in_time = |_: &&PathBuf| deadline.is_none_or(|deadline| Instant::now() < deadline);
        // One after the other: what two of them share is freed with the second.
        let freed = self.taken.iter().take_while(in_time).map(|path| {
            let bytes = own_bytes(path);
            remove_tree(path).map_or(0, |()| bytes)
        });
        let freed = freed.sum();
        // It is not empty if something is left.
        let _ = fs::remove_dir(&self.folder);
        freed
    }
}
