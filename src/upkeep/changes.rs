//! Stores of builds that are not trusted: one for each change, below the store that others use.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::store::{Layout, Store, StoreError};

/// Their folder, in the store's.
const FOLDER: &str = "untrusted";

/// Where the store of a change is.
pub fn store_of_change(home: &Path, change: &str) -> PathBuf {
    home.join(FOLDER).join(change)
}

/// What removing stores of changes came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Stores.
    pub stores: usize,
    /// Bytes on disk.
    pub freed: u64,
}

/// Removes the stores of changes that were last used longer ago than `idle`; nothing of them is needed by anybody else. `now` in seconds since 1970.
///
/// # Errors
/// When one of them cannot be taken out of the store.
pub fn forget_changes(store: &Store, idle: Duration, now: u64) -> Result<Forgotten, StoreError> {
    let entries = fs::read_dir(store.lasting().root().join(FOLDER))
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let is_old = |folder: &PathBuf| last_use(folder).is_some_and(|used| now.saturating_sub(used) > idle.as_secs());
    let old: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_old).collect();
    let mut trash = store.trash()?;
    for folder in &old {
        trash.take(folder)?;
    }
    Ok(Forgotten {
        stores: old.len(),
        freed: trash.empty(None),
    })
}

/// Each run adds a line to the log of runs; a run that made nothing has begun at least.
fn last_use(folder: &Path) -> Option<u64> {
    let layout = Layout::new(folder);
    let modified = |path: &Path| {
        let time = fs::metadata(path).ok()?.modified().ok()?;
        Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
    };
    [layout.runs().as_path(), folder].into_iter().filter_map(modified).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Shelf;

    #[test]
    fn stores_that_are_not_used_go() {
        let shelf = Shelf::new();
        let root = shelf.store.lasting().root().to_owned();
        let (old, used) = (store_of_change(&root, "aa"), store_of_change(&root, "bb"));
        for folder in [&old, &used] {
            let runs = Layout::new(folder).runs();
            fs::create_dir_all(runs.parent().unwrap()).unwrap();
            fs::write(&runs, "x").unwrap();
        }
        let now = last_use(&used).unwrap();
        let ago = UNIX_EPOCH + Duration::from_secs(now - 100);
        for path in [Layout::new(&old).runs(), old.clone()] {
            fs::File::open(path).unwrap().set_modified(ago).unwrap();
        }
        let forgotten = forget_changes(&shelf.store, Duration::from_secs(50), now).unwrap();
        assert!(forgotten.stores == 1 && forgotten.freed > 0);
        assert!(!old.exists() && used.exists());
    }
}
