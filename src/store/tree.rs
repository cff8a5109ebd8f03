//! Trees: archives unpacked, made again whenever they are missing.

use std::fs;
use std::path::PathBuf;

use super::error::StoreError;
use super::open::Store;
use crate::archive::{Limits, unpack};
use crate::fs::{Context, publish};
use crate::key::{ContentKey, DistributionKey, DistributionPreimage};

impl Store {
    /// The tree of some content, if there is one.
    pub fn tree(&self, content: ContentKey) -> Option<PathBuf> {
        self.layouts().map(|layout| layout.tree(content)).find(|path| path.exists())
    }

    /// The tree of a distribution; it is unpacked from the archive if it is missing.
    ///
    /// # Errors
    /// When the archive is missing, damaged, or not what its record says, or the store cannot be written.
    pub fn ensure_tree(
        &self,
        preimage: &DistributionPreimage,
        key: DistributionKey,
        content: ContentKey,
    ) -> Result<PathBuf, StoreError> {
        if let Some(tree) = self.tree(content) {
            return Ok(tree);
        }
        self.remake_tree(preimage, key, content)
    }

    /// Unpacks a tree into the writable store, where it comes before one of a store that is only read.
    ///
    /// # Errors
    /// When the archive is missing, damaged, or not what its record says, or the store cannot be written.
    pub fn remake_tree(
        &self,
        preimage: &DistributionPreimage,
        key: DistributionKey,
        content: ContentKey,
    ) -> Result<PathBuf, StoreError> {
        let archive = self
            .layouts()
            .map(|layout| layout.archive(key, preimage))
            .find(|path| path.exists())
            .ok_or_else(|| StoreError::Missing {
                path: self.home().archive(key, preimage),
            })?;
        let staging = self.staging()?;
        let folder = staging.join("tree");
        fs::create_dir(&folder).context("create folder", &folder)?;
        if unpack(&archive, &folder, Limits::default())? != content {
            return Err(StoreError::Content { archive });
        }
        let tree = self.home().tree(content);
        publish(&folder, &tree).context("create", &tree)?;
        Ok(tree)
    }

    /// Takes a changed tree out of use: it is moved to `quarantine/` for the user to look at.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn quarantine(&self, content: ContentKey) -> Result<(), StoreError> {
        let tree = self.home().tree(content);
        let folder = self.home().quarantine();
        fs::create_dir_all(&folder).context("create folder", &folder)?;
        // A name of its own: process numbers repeat, in containers all the time. The rename takes the place of the empty folder.
        let aside = tempfile::Builder::new()
            .prefix(&format!("{content}-"))
            .tempdir_in(&folder)
            .context("create a folder in", &folder)?;
        match fs::rename(&tree, aside.path()) {
            Ok(()) => {
                let _ = aside.keep();
                Ok(())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).context("move aside", &tree)?,
        }
    }
}
