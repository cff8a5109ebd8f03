//! Trees: archives unpacked, made again whenever they are missing.

use std::fs;
use std::path::PathBuf;

use super::error::StoreError;
use super::open::Store;
use crate::archive::unpack;
use crate::fs::{Context, publish};
use crate::key::{ContentKey, DistributionKey, DistributionPreimage};

impl Store {
    /// The tree of some content, if there is one.
    pub fn tree(&self, content: ContentKey) -> Option<PathBuf> {
        self.layouts()
            .map(|layout| layout.tree(content))
            .find(|path| path.exists() && !self.is_shunned(path))
    }

    /// The tree of a distribution; it is unpacked from the archive if it is missing. An archive that turns out to be damaged is taken
    /// out of use, so that the distribution is a miss from then on.
    ///
    /// # Errors
    /// When the archive is missing, damaged, or of another content (see [`StoreError::is_damage`]), or the store cannot be written.
    pub fn ensure_tree(
        &self,
        preimage: &DistributionPreimage,
        key: DistributionKey,
        content: ContentKey,
    ) -> Result<PathBuf, StoreError> {
        if let Some(tree) = self.tree(content) {
            return Ok(tree);
        }
        let Some((record, archive)) = self.archived(key, preimage) else {
            self.discard(preimage, key)?;
            return Err(StoreError::Missing {
                path: self.home().archive(key, preimage),
            });
        };
        // The same sdist, built again: the archive is as good as any, but of another build.
        if record.content != content {
            return Err(StoreError::Superseded { archive });
        }
        let staging = self.staging()?;
        let folder = staging.join("tree");
        fs::create_dir(&folder).context("create folder", &folder)?;
        let unpacked = match unpack(&archive, &folder, self.limits()) {
            Ok(unpacked) if unpacked == content => Ok(()),
            Ok(_) => Err(StoreError::Content { archive }),
            Err(error) => Err(StoreError::from(error)),
        };
        if let Err(error) = unpacked {
            if error.is_damage() {
                self.discard(preimage, key)?;
            }
            return Err(error);
        }
        let tree = self.home().tree(content);
        publish(&folder, &tree).context("create", &tree)?;
        Ok(tree)
    }
}
