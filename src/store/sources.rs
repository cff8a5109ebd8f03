//! Downloaded artifacts by their digest.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::open::Store;
use crate::fs::{Context, create_folders, settle_file};
use crate::key::Sha256;

impl Store {
    /// A downloaded artifact whose digest is right; a damaged one is taken out of use, and noted.
    pub fn source(&self, sha256: Sha256, file_name: &str) -> Option<PathBuf> {
        self.layouts().map(|layout| layout.source(sha256, file_name)).find(|path| {
            let Ok(content) = fs::read(path) else { return false };
            if Sha256::of(&content) == sha256 {
                return true;
            }
            self.note_damage(path, "its digest is another");
            false
        })
    }

    /// Keeps a downloaded artifact, by renaming it into place.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_source(&self, file: &Path, sha256: Sha256, file_name: &str) -> Result<PathBuf, StoreError> {
        let path = self.home().source(sha256, file_name);
        let folder = path.parent().unwrap_or(self.home().root());
        create_folders(folder).context("create folder", folder)?;
        let settled = File::open(file).and_then(|opened| settle_file(&opened, folder));
        settled.context("change the mode of", file)?;
        fs::rename(file, &path).context("create", &path)?;
        Ok(path)
    }
}
