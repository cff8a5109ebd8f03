//! Taking entries out of use: moved aside for the user to look at, or shunned for this run where the store is only read.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::PoisonError;

use super::accounts::user_name;
use super::error::StoreError;
use super::layout::Layout;
use super::open::Store;
use crate::fs::{Context, create_folders};
use crate::key::{ContentKey, DistributionKey, DistributionPreimage};

impl Store {
    /// Takes a changed tree out of use.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn quarantine(&self, content: ContentKey) -> Result<(), StoreError> {
        match self.tree(content) {
            Some(tree) => self.set_aside(&tree),
            None => Ok(()),
        }
    }

    /// Takes a distribution out of use: its archives and their records; what a newer version keeps there stays.
    ///
    /// # Errors
    /// When they cannot be moved.
    pub(super) fn discard(&self, preimage: &DistributionPreimage, key: DistributionKey) -> Result<(), StoreError> {
        self.layouts()
            .filter(|layout| !super::json::is_newer(&layout.record(key, preimage)))
            .flat_map(|layout| [layout.archive(key, preimage), layout.record(key, preimage)])
            .filter(|path| path.exists())
            .try_for_each(|path| self.set_aside(&path))
    }

    /// Whether an entry was taken out of use although it is still in its place.
    pub(super) fn is_shunned(&self, path: &Path) -> bool {
        self.shunned.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    /// The folder of the store that is only read which an entry is in, and the name of its owner: only he can repair it.
    pub fn keeper_of(&self, path: &Path) -> Option<(&Path, String)> {
        let mut roots = self.layouts().map(Layout::root).filter(|root| *root != self.home().root());
        let root = roots.find(|root| path.starts_with(root))?;
        let owner = fs::metadata(root).ok()?.uid();
        Some((root, user_name(owner)))
    }

    /// Takes a file or folder out of use: it is moved aside, or, in a store that is only read, passed over for this run.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn set_aside(&self, path: &Path) -> Result<(), StoreError> {
        if !path.starts_with(self.home().root()) {
            let mut shunned = self.shunned.lock().unwrap_or_else(PoisonError::into_inner);
            shunned.insert(path.to_owned());
            return Ok(());
        }
        self.move_aside(path)
    }

    /// Moves something to the entries that were found changed.
    pub(super) fn move_aside(&self, path: &Path) -> Result<(), StoreError> {
        let name = path.file_name().unwrap_or_default();
        let quarantine = self.home().quarantine();
        create_folders(&quarantine).context("create folder", &quarantine)?;
        // A folder of its own: the same entry may be set aside again, by another process at the same time, too.
        let folder = tempfile::tempdir_in(&quarantine).context("create folder in", &quarantine)?;
        match fs::rename(path, folder.path().join(name)) {
            Ok(()) => {
                let _ = folder.keep();
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).context("move aside", path)?,
        }
    }
}
