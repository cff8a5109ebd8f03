//! Trees and power cuts.
//!
//! Thousands of files are not flushed one by one. A tree whose files may not be on the disk yet says in the nanoseconds of its folder's
//! modification time during which boot it was made; once they are, these are 0. In that boot it is whole in any case. After another one its
//! content is looked at, once.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use super::error::StoreError;
use super::open::Store;
use crate::fs::{Context, FsError, boot_number, sync_filesystem};
use crate::key::ContentKey;

/// What stands for a boot where the system does not tell: no boot has that number.
const UNKNOWN: u32 = 999_999_999;

/// A tree that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTree {
    /// Where.
    pub path: PathBuf,
    /// Whether a power cut may have torn it.
    pub wholeness: Wholeness,
}

/// Whether a power cut may have torn a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wholeness {
    /// No: it is on the disk, or was made since the machine was started. Of a store that is only read, whoever writes it has to know.
    Sure,
    /// It may have: its content has to be looked at.
    Doubtful,
}

impl Store {
    /// A tree of the store that is written, and whether it may be torn.
    pub fn found_tree(&self, content: ContentKey) -> Option<FoundTree> {
        let (path, found) = self.tree_with(content)?;
        let nanoseconds = u32::try_from(found.mtime_nsec()).unwrap_or(UNKNOWN);
        let ours = path.starts_with(self.home().root());
        let sure = nanoseconds == 0 || !ours || Some(nanoseconds) == boot_number();
        let wholeness = if sure { Wholeness::Sure } else { Wholeness::Doubtful };
        Some(FoundTree { path, wholeness })
    }

    /// Keeps in mind that all of a tree is on the disk. Where that cannot be written down, it is looked at once more.
    pub fn note_durable(&self, content: ContentKey) {
        let tree = self.home().tree(content);
        let _ = fs::metadata(&tree)
            .and_then(|found| found.modified())
            .and_then(|made| mark(&tree, made, 0));
    }

    /// Flushes the trees that were made since this was last called, if any were.
    ///
    /// # Errors
    /// When the filesystem cannot be flushed; then they are looked at after another boot.
    pub fn flush_trees(&self) -> Result<(), StoreError> {
        let made = std::mem::take(&mut *self.unflushed.lock().unwrap_or_else(PoisonError::into_inner));
        if made.is_empty() || self.is_temporary() {
            return Ok(());
        }
        sync_filesystem(&self.home().staging())?;
        for content in made {
            self.note_durable(content);
        }
        Ok(())
    }

    pub(super) fn note_unflushed(&self, content: ContentKey) {
        let mut unflushed = self.unflushed.lock().unwrap_or_else(PoisonError::into_inner);
        unflushed.push(content);
    }
}

/// Marks a finished tree as made during this boot, and not flushed.
pub(super) fn mark_unflushed(tree: &Path) -> Result<(), FsError> {
    let number = boot_number().unwrap_or(UNKNOWN);
    let made = fs::metadata(tree).and_then(|found| found.modified());
    made.and_then(|made| mark(tree, made, number))
        .context("set the time of", tree)
}

fn mark(tree: &Path, made: SystemTime, nanoseconds: u32) -> std::io::Result<()> {
    let seconds = made.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
    File::open(tree)?.set_times(FileTimes::new().set_modified(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Shelf;

    fn nanoseconds(tree: &Path) -> i64 {
        fs::metadata(tree).unwrap().mtime_nsec()
    }

    #[test]
    fn a_tree_is_doubtful_only_if_it_was_not_flushed_before_another_boot() {
        let shelf = Shelf::new();
        let store = &shelf.store;
        let content: ContentKey = "ab".repeat(32).parse().unwrap();
        let finished = shelf.folder.path().join("finished");
        fs::create_dir(&finished).unwrap();
        let made = fs::metadata(&finished).unwrap().mtime();
        let tree = store.publish_tree(&finished, content).unwrap();
        let wholeness = || store.found_tree(content).unwrap().wholeness;
        assert_eq!(nanoseconds(&tree), i64::from(boot_number().unwrap_or(UNKNOWN)));
        assert_eq!(fs::metadata(&tree).unwrap().mtime(), made);
        if boot_number().is_some() {
            assert_eq!(wholeness(), Wholeness::Sure, "it is the same boot");
        }
        let another = boot_number().unwrap_or(UNKNOWN) / 2;
        mark(&tree, SystemTime::now(), another).unwrap();
        assert_eq!(wholeness(), Wholeness::Doubtful);
        store.flush_trees().unwrap();
        assert_eq!((wholeness(), nanoseconds(&tree)), (Wholeness::Sure, 0));
        mark(&tree, SystemTime::now(), another).unwrap();
        store.flush_trees().unwrap();
        assert_eq!(wholeness(), Wholeness::Doubtful, "what others made is not ours to call whole");
    }
}
