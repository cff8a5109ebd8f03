//! Opening a store.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::TempDir;

use super::error::StoreError;
use super::layout::Layout;
use super::staging::Staging;
use crate::fs::{Cleanup, Context, Durability, FsError, Lock, write_new};
use crate::key::{DistributionKey, SnapshotKey};

const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of snapenv; it may be deleted at any time.\n";

/// All that is kept on disk between runs.
#[derive(Debug)]
pub struct Store {
    /// Where new entries go.
    home: Layout,
    /// A store that is only read, when `home` is a temporary one.
    below: Option<Layout>,
    /// Entries of a store that is only read which turned out to be no good.
    pub(super) shunned: Mutex<BTreeSet<PathBuf>>,
    /// Keeps a temporary home until the run ends, or a signal ends it.
    _temporary: Option<(TempDir, Cleanup)>,
}

/// How opening went.
#[derive(Debug)]
pub enum Opened {
    /// The store can be read and written.
    Writable(Store),
    /// The folder cannot be written: it is read, and this run writes to a temporary store.
    Temporary(Store, FsError),
}

impl Store {
    /// Opens the store in `root`, creating it if need be. `temporary` is where a store for this run goes if `root` cannot be written.
    ///
    /// # Errors
    /// When not even a temporary store can be made.
    pub fn open(root: &Path, temporary: &Path) -> Result<Opened, StoreError> {
        let home = Layout::new(root);
        match prepare(&home) {
            Ok(()) => Ok(Opened::Writable(Self {
                home,
                below: None,
                shunned: Mutex::default(),
                _temporary: None,
            })),
            Err(reason) => {
                let folder = tempfile::Builder::new()
                    .prefix("snapenv-")
                    .tempdir_in(temporary)
                    .context("create a temporary folder in", temporary)?;
                let cleanup = Cleanup::remove(folder.path());
                let inner = Layout::new(folder.path());
                prepare(&inner)?;
                let store = Self {
                    home: inner,
                    below: Some(home),
                    shunned: Mutex::default(),
                    _temporary: Some((folder, cleanup)),
                };
                Ok(Opened::Temporary(store, reason))
            }
        }
    }

    /// Whether what is written is gone when the run ends.
    pub fn is_temporary(&self) -> bool {
        self.below.is_some()
    }

    /// The layout that new entries are written to.
    pub fn home(&self) -> &Layout {
        &self.home
    }

    /// All layouts, the writable one first.
    pub fn layouts(&self) -> impl Iterator<Item = &Layout> {
        std::iter::once(&self.home).chain(&self.below)
    }

    /// A folder to write something new in.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn staging(&self) -> Result<Staging, StoreError> {
        Staging::new(&self.home.staging())
    }

    /// The lock that a distribution is made under; `on_wait` is called if another process holds it. Where there can be none, the
    /// same may be done twice.
    pub fn lock(&self, key: DistributionKey, on_wait: impl FnOnce()) -> Option<Lock> {
        Lock::acquire(&self.home.lock(key), on_wait).ok().flatten()
    }

    /// The layout whose entries outlive this run.
    pub fn lasting(&self) -> &Layout {
        self.below.as_ref().unwrap_or(&self.home)
    }

    /// The bytes of a snapshot.
    pub fn snapshot(&self, key: SnapshotKey) -> Option<Vec<u8>> {
        self.layouts().find_map(|layout| fs::read(layout.snapshot(key)).ok())
    }

    /// The file of a snapshot, for whoever does not read all of it.
    pub fn open_snapshot(&self, key: SnapshotKey) -> Option<File> {
        self.layouts().find_map(|layout| File::open(layout.snapshot(key)).ok())
    }

    /// The bytes of its excerpt.
    pub fn excerpt(&self, key: SnapshotKey) -> Option<Vec<u8>> {
        self.layouts().find_map(|layout| fs::read(layout.excerpt(key)).ok())
    }

    /// Keeps a snapshot and its excerpt.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_snapshot(&self, key: SnapshotKey, whole: &[u8], excerpt: &[u8]) -> Result<(), StoreError> {
        let staging = self.home.staging();
        write_new(&self.home.excerpt(key), excerpt, &staging, Durability::Durable)?;
        write_new(&self.home.snapshot(key), whole, &staging, Durability::Durable)?;
        Ok(())
    }
}

/// Creates what is missing, and finds out whether the folder can be written.
fn prepare(layout: &Layout) -> Result<(), FsError> {
    let staging = layout.staging();
    fs::create_dir_all(&staging).context("create folder", &staging)?;
    let tag = layout.cachedir_tag();
    if tag.exists() {
        // The mark is there already: only an access check is owed, without writing anything on a hit.
        return rustix::fs::access(&staging, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
            .context("write to folder", &staging);
    }
    write_new(&tag, TAG.as_bytes(), &staging, Durability::Derived)
}
