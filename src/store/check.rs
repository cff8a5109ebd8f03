//! Looking at the content of trees: a tree must still have the digest of its archive.

use std::fs;
use std::path::{Path, PathBuf};

use super::description::Description;
use super::error::StoreError;
use super::open::Store;
use crate::archive::{DESCRIPTION, content_of, first_difference, unpack};
use crate::key::{ContentKey, DistributionKey, DistributionPreimage};

impl Store {
    /// The first file of a tree whose content is not what it was, or the tree itself if that cannot be told; nothing for a whole tree,
    /// and for one that is not there.
    pub fn altered(&self, preimage: &DistributionPreimage, key: DistributionKey, content: ContentKey) -> Option<PathBuf> {
        let tree = self.tree(content)?;
        let path = tree.join(DESCRIPTION);
        let description = fs::read(&path).ok();
        let parsed = description
            .as_deref()
            .and_then(|bytes| serde_json::from_slice::<Description>(bytes).ok());
        let (Some(bytes), Some(parsed)) = (description, parsed) else {
            return Some(path);
        };
        match content_of(&tree, &bytes, &parsed.members()) {
            Ok(found) if found == content => None,
            _ => {
                let archive = self.archived(key, preimage).map(|(_, archive)| archive);
                let culprit = archive.and_then(|archive| first_difference(&archive, &tree).ok().flatten());
                Some(culprit.unwrap_or(tree))
            }
        }
    }

    /// Unpacks the archive of a distribution into an empty folder, whose content is right then. Nothing of the store is changed by it.
    ///
    /// # Errors
    /// When the archive is missing, damaged, or of another content, or the folder cannot be written.
    pub fn unpack_aside(
        &self,
        (preimage, key): (&DistributionPreimage, DistributionKey),
        content: ContentKey,
        folder: &Path,
    ) -> Result<(), StoreError> {
        let missing = || StoreError::Missing {
            path: self.home().archive(key, preimage),
        };
        let (_, archive) = self.archived(key, preimage).ok_or_else(missing)?;
        if unpack(&archive, folder, self.limits())? == content {
            Ok(())
        } else {
            Err(StoreError::Content { archive })
        }
    }
}
