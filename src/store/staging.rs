//! Folders for what is being written.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::StoreError;
use crate::fs::{Cleanup, Context, remove_tree};

/// A private folder in the store's `tmp/`; what is still in it when it is dropped is removed.
///
/// Its name carries the process that made it, so that leftovers of a killed process can be told apart.
#[derive(Debug)]
pub struct Staging {
    folder: TempDir,
    _cleanup: Cleanup,
}

impl Staging {
    pub(super) fn new(parent: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(parent).context("create folder", parent)?;
        let prefix = format!("{}-", std::process::id());
        let folder = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(parent)
            .context("create a temporary folder in", parent)?;
        let cleanup = Cleanup::remove(folder.path());
        Ok(Self {
            folder,
            _cleanup: cleanup,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path within the folder.
    pub fn join(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Read-only trees may be inside; `TempDir` would remove them too, one file at a time.
        let _ = remove_tree(self.folder.path());
    }
}
