//! Leases: which living environments need the store, because their modules are in a merged layer of it.
//!
//! They are kept as well as can be: a store that is only read keeps none, and a lease that is lost costs an environment its layer at
//! worst, which is made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::error::StoreError;
use super::layout::Layout;
use super::open::Store;
use crate::fs::{Context, Durability};
use crate::key::{LeaseKey, LeasePreimage, SnapshotKey, key_of};

/// A lease that was seen this long ago is not written again: nobody has to know more exactly.
const FRESH: Duration = Duration::from_hours(1);

/// An environment that needs a merged layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The environment's absolute path.
    pub environment: PathBuf,
    /// The machine that it is on.
    pub host: String,
    /// The snapshot that it needs.
    pub snapshot: SnapshotKey,
    /// When snapenv last had to do with it, in seconds since 1970.
    pub seen: u64,
}

impl Lease {
    /// The lease of an environment on this machine.
    pub fn new(environment: &Path, snapshot: SnapshotKey, now: u64) -> Self {
        Self {
            environment: environment.to_owned(),
            host: this_host(),
            snapshot,
            seen: now,
        }
    }

    /// Whether the environment is on this machine.
    pub fn is_ours(&self) -> bool {
        self.host == this_host()
    }

    pub(super) fn key(&self) -> LeaseKey {
        key_of(&LeasePreimage {
            host: self.host.clone(),
            environment: self.environment.to_string_lossy().into_owned(),
        })
    }
}

fn this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

impl Store {
    /// Keeps a lease, or refreshes it; a temporary store keeps none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        if self.is_temporary() {
            return Ok(());
        }
        let path = self.home().lease(lease.key());
        let fresh = |there: &Lease| there.snapshot == lease.snapshot && there.seen.abs_diff(lease.seen) < FRESH.as_secs();
        if super::json::read(&path).is_some_and(|there: Lease| fresh(&there)) {
            return Ok(());
        }
        super::json::write_as(&path, lease, &self.home().staging(), Durability::Derived)
    }

    /// Removes the lease of an environment.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let path = self.home().lease(lease.key());
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("remove", &path)?,
            _ => Ok(()),
        }
    }

    /// All leases, sorted by path.
    pub fn leases(&self) -> Vec<Lease> {
        let mut leases: Vec<Lease> = self
            .layouts()
            .map(Layout::roots)
            .flat_map(|folder| in_folder(&folder))
            .collect();
        leases.sort_by(|a, b| a.environment.cmp(&b.environment));
        leases
    }
}

fn in_folder(folder: &Path) -> Vec<Lease> {
    let entries = WalkDir::new(folder)
        .min_depth(2)
        .max_depth(2)
        .into_iter()
        .filter_map(Result::ok);
    entries.filter_map(|entry| super::json::read(entry.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{Shelf, open};

    fn lease(environment: &str, seen: u64) -> Lease {
        Lease::new(Path::new(environment), blake3::hash(b"one").into(), seen)
    }

    #[test]
    fn leases_are_kept_refreshed_and_removed() {
        let Shelf { folder, store } = Shelf::new();
        let (one, two) = (lease("/srv/one", 1_000_000), lease("/srv/two", 1_000_000));
        store.put_lease(&two).unwrap();
        store.put_lease(&one).unwrap();
        assert_eq!(store.leases(), [one.clone(), two.clone()]);
        assert!(one.is_ours());
        // A few seconds later is not worth a write; another snapshot is, and so is another day.
        store.put_lease(&lease("/srv/one", 1_000_005)).unwrap();
        assert_eq!(store.leases()[0].seen, 1_000_000);
        let moved = Lease {
            snapshot: blake3::hash(b"two").into(),
            ..lease("/srv/one", 1_000_010)
        };
        store.put_lease(&moved).unwrap();
        store.put_lease(&lease("/srv/two", 2_000_000)).unwrap();
        assert_eq!(store.leases(), [moved.clone(), lease("/srv/two", 2_000_000)]);
        store.remove_lease(&moved).unwrap();
        store.remove_lease(&moved).unwrap();
        assert_eq!(store.leases().len(), 1);
        fs::write(store.home().lease(two.key()), b"{\"format\": 1, dam").unwrap();
        assert_eq!(store.leases(), []);
        drop(folder);
    }

    #[test]
    fn a_store_that_is_only_read_keeps_no_lease() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let store = open(&file, &[], folder.path()).store;
        assert!(store.is_temporary(), "a store within a file");
        store.put_lease(&lease("/srv/one", 1)).unwrap();
        assert_eq!(store.leases(), []);
    }
}
