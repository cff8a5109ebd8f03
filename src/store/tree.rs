//! Trees: archives unpacked, made again whenever they are missing.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::durable::mark_unflushed;
use super::error::StoreError;
use super::open::Store;
use crate::archive::unpack;
use crate::fs::{Context, FsError, create_folders, publish, settle_tree};
use crate::key::{ContentKey, DistributionKey, DistributionPreimage};

impl Store {
    /// The tree of some content, if there is one that belongs to somebody who is trusted.
    pub fn tree(&self, content: ContentKey) -> Option<PathBuf> {
        self.tree_with(content).map(|(path, _)| path)
    }

    /// The same, with what was found there.
    pub(super) fn tree_with(&self, content: ContentKey) -> Option<(PathBuf, fs::Metadata)> {
        self.owned().find_map(|(layout, owners)| {
            let path = layout.tree(content);
            let found = fs::symlink_metadata(&path).ok()?;
            (found.is_dir() && owners.trust(&found) && !self.is_shunned(&path)).then_some((path, found))
        })
    }

    /// Puts a finished tree in its place, unless there is one.
    pub(super) fn publish_tree(&self, finished: &Path, content: ContentKey) -> Result<PathBuf, FsError> {
        let tree = self.home().tree(content);
        let folder = tree.parent().unwrap_or(&tree);
        create_folders(folder).context("create folder", folder)?;
        settle_tree(finished, folder).context("change the mode of", finished)?;
        mark_unflushed(finished)?;
        if publish(finished, &tree).context("create", &tree)? {
            self.note_unflushed(content);
        }
        Ok(tree)
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
        let made = self.unpacked(&archive, content);
        if made.as_ref().is_err_and(StoreError::is_damage) {
            self.discard(preimage, key)?;
        }
        made
    }

    /// A tree in the store that is written of what is in one that is only read, so that it can be linked to; nothing without an archive. What
    /// is wrong with that is found when nothing else is left.
    ///
    /// # Errors
    /// When the store cannot be written, or the archive is damaged.
    pub fn own_tree(
        &self,
        preimage: &DistributionPreimage,
        key: DistributionKey,
        content: ContentKey,
    ) -> Result<Option<PathBuf>, StoreError> {
        match self.archived(key, preimage) {
            Some((record, archive)) if record.content == content => self.unpacked(&archive, content).map(Some),
            _ => Ok(None),
        }
    }

    /// Whether nobody but its owner may link to the files of this tree, while an own tree could be kept (`fs.protected_hardlinks`).
    pub fn needs_own(&self, tree: &Path) -> bool {
        if self.is_temporary() || tree.starts_with(self.home().root()) {
            return false;
        }
        let me = rustix::process::geteuid();
        let foreign = |found: fs::Metadata| found.uid() != me.as_raw();
        !me.is_root() && fs::metadata(tree).is_ok_and(foreign) && links_are_protected()
    }

    /// Unpacks an archive.
    fn unpacked(&self, archive: &Path, content: ContentKey) -> Result<PathBuf, StoreError> {
        let staging = self.staging()?;
        let folder = staging.join("tree");
        fs::create_dir(&folder).context("create folder", &folder)?;
        if unpack(archive, &folder, self.limits())? != content {
            let archive = archive.to_owned();
            return Err(StoreError::Content { archive });
        }
        let tree = self.home().tree(content);
        if self.tree(content).is_none() && tree.exists() {
            // One that is not trusted would be in the way.
            self.set_aside(&tree)?;
        }
        Ok(self.publish_tree(&folder, content)?)
    }
}

/// Whether the kernel keeps users from linking to files of others.
fn links_are_protected() -> bool {
    let setting = fs::read_to_string("/proc/sys/fs/protected_hardlinks");
    cfg!(target_os = "linux") && setting.map_or(true, |value| value.trim() != "0")
}
