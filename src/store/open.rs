//! Opening a store, and those that are read below it (`docs/sharing.md`).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use super::damage::Damage;
use super::error::StoreError;
use super::layout::Layout;
use super::ownership::{Asking, Distrust, Owners, Purpose, examine};
use super::staging::Staging;
use super::temporary::Temporary;
use crate::fs::{Context, Durability, FsError, Limits, Lock, Sharing, create_folders, share_folder, write_new};
use crate::key::{ContentKey, DistributionKey, SnapshotKey};

const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of snapenv; it may be deleted at any time.\n";

/// All that is kept on disk between runs.
#[derive(Debug)]
pub struct Store {
    /// How much of what comes in may be unpacked.
    limits: Limits,
    /// The store that is meant. New entries go there, unless there is a temporary one.
    named: Layout,
    /// Whom it may belong to; nothing if it is not read.
    owners: Option<Owners>,
    /// Whether that is not read any more.
    forsaken: AtomicBool,
    /// Stores that are only read.
    below: Vec<(Layout, Owners)>,
    /// The store of this run, if the one that is meant cannot be written.
    temporary: OnceLock<(Temporary, Owners)>,
    /// Entries of stores that are only read which turned out to be no good.
    pub(super) shunned: Mutex<BTreeSet<PathBuf>>,
    /// What was found damaged, and not told of yet.
    pub(super) damages: Mutex<Vec<Damage>>,
    /// Trees that this run has made and not flushed.
    pub(super) unflushed: Mutex<Vec<ContentKey>>,
}

/// Where stores are, and who may write them.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The one that new entries go to.
    pub home: &'a Path,
    /// Those that are only read, the first to be asked first.
    pub read: &'a [PathBuf],
    /// Who may write them.
    pub sharing: Sharing,
    /// Where a store for this run goes if `home` cannot be written.
    pub temporary: &'a Path,
    /// Seconds since 1970.
    pub now: u64,
}

/// How opening went.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Why this run writes to a temporary store. The store that was meant is read, unless it is one of those that are not trusted.
    pub unwritable: Option<StoreError>,
    /// Why stores that were to be read are not.
    pub refused: Vec<Distrust>,
    /// Stores that were to be read and are not there.
    pub absent: Vec<PathBuf>,
}

impl Store {
    /// Opens the stores at `places`, creating the one that is written if need be.
    ///
    /// # Errors
    /// When not even a temporary store can be made.
    pub fn open(places: Places) -> Result<Opened, StoreError> {
        let asking = Asking::process(places.sharing);
        let mut opened = Opened {
            store: Self {
                limits: Limits::default(),
                named: Layout::new(places.home),
                owners: None,
                forsaken: AtomicBool::new(false),
                below: Vec::new(),
                temporary: OnceLock::new(),
                shunned: Mutex::default(),
                damages: Mutex::default(),
                unflushed: Mutex::default(),
            },
            unwritable: None,
            refused: Vec::new(),
            absent: Vec::new(),
        };
        for root in places.read.iter().filter(|root| *root != places.home) {
            let layout = Layout::new(root);
            match examine(&layout, Purpose::Read, asking) {
                Ok(Some(owners)) => opened.store.below.push((layout, owners)),
                Ok(None) => opened.absent.push(root.clone()),
                Err(reason) => opened.refused.push(reason),
            }
        }
        if let Err(reason) = opened.store.open_named(asking) {
            opened.store.continue_in(places.temporary, places.now)?;
            opened.unwritable = Some(reason);
        }
        Ok(opened)
    }

    /// Looks at the store that is meant, and makes it if it is not there.
    fn open_named(&mut self, asking: Asking) -> Result<(), StoreError> {
        self.owners = examine(&self.named, Purpose::Home, asking)?;
        if self.owners.is_none() {
            create(&self.named, asking.sharing)?;
            // Somebody else may have been quicker.
            self.owners = examine(&self.named, Purpose::Home, asking)?;
        }
        Ok(prepare(&self.named)?)
    }

    /// From now on, new entries go to a temporary store in `folder`, which is gone when the run ends; those that are there are read. Nobody may
    /// be writing at that moment. `now` in seconds since 1970. Where new entries go to one already, nothing changes.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn continue_in(&self, folder: &Path, now: u64) -> Result<(), StoreError> {
        let temporary = Temporary::new(folder, now)?;
        prepare(temporary.layout())?;
        let _ = self.temporary.set((temporary, Owners::own()));
        Ok(())
    }

    /// The same, and of the store that is meant nothing is read any more.
    ///
    /// # Errors
    /// When the temporary one cannot be made.
    pub fn go_on_without(&self, folder: &Path, now: u64) -> Result<(), StoreError> {
        self.continue_in(folder, now)?;
        self.forsaken.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The same store, which takes in so much.
    #[must_use]
    pub fn limited_to(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// How much a wheel, an sdist or an archive may unpack to.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether what is written is gone when the run ends.
    pub fn is_temporary(&self) -> bool {
        self.temporary.get().is_some()
    }

    /// The layout that new entries are written to.
    pub fn home(&self) -> &Layout {
        self.temporary.get().map_or(&self.named, |(temporary, _)| temporary.layout())
    }

    /// All layouts, the writable one first.
    pub fn layouts(&self) -> impl Iterator<Item = &Layout> {
        self.owned().map(|(layout, _)| layout)
    }

    /// All layouts with those whom what is in them may belong to.
    pub(super) fn owned(&self) -> impl Iterator<Item = (&Layout, &Owners)> {
        let temporary = self.temporary.get().map(|(temporary, owners)| (temporary.layout(), owners));
        let named = self.owners.as_ref().filter(|_| !self.forsaken.load(Ordering::Relaxed));
        let named = named.map(|owners| (&self.named, owners));
        let below = self.below.iter().map(|(layout, owners)| (layout, owners));
        temporary.into_iter().chain(named).chain(below)
    }

    /// A folder to write something new in.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn staging(&self) -> Result<Staging, StoreError> {
        Staging::new(&self.home().staging())
    }

    /// The lock that a distribution is made under; `on_wait` is called if another process holds it. Where there can be none, the
    /// same may be done twice.
    pub fn lock(&self, key: DistributionKey, on_wait: impl FnOnce()) -> Option<Lock> {
        Lock::acquire(&self.home().lock(key), on_wait).ok().flatten()
    }

    /// The layout whose entries outlive this run.
    pub fn lasting(&self) -> &Layout {
        &self.named
    }

    /// The same, if it is trusted.
    pub(super) fn trusted(&self) -> Option<&Layout> {
        self.owners.as_ref().map(|_| &self.named)
    }

    /// Whether the store in a folder is read below the one that is written.
    pub fn reads(&self, root: &Path) -> bool {
        self.below.iter().any(|(layout, _)| layout.root() == root)
    }

    /// Where something may be, without what turned out to be no good.
    pub(super) fn in_use(&self, place: impl Fn(&Layout) -> PathBuf) -> impl Iterator<Item = PathBuf> {
        self.layouts().map(place).filter(|path| !self.is_shunned(path))
    }

    /// The bytes of a snapshot.
    pub fn snapshot(&self, key: SnapshotKey) -> Option<Vec<u8>> {
        self.in_use(|layout| layout.snapshot(key))
            .find_map(|path| fs::read(path).ok())
    }

    /// The file of a snapshot, for whoever does not read all of it.
    pub fn open_snapshot(&self, key: SnapshotKey) -> Option<File> {
        self.in_use(|layout| layout.snapshot(key))
            .find_map(|path| File::open(path).ok())
    }

    /// The bytes of its excerpt.
    pub fn excerpt(&self, key: SnapshotKey) -> Option<Vec<u8>> {
        self.in_use(|layout| layout.excerpt(key)).find_map(|path| fs::read(path).ok())
    }

    /// Keeps a snapshot and its excerpt.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_snapshot(&self, key: SnapshotKey, whole: &[u8], excerpt: &[u8]) -> Result<(), StoreError> {
        let home = self.home();
        let staging = home.staging();
        write_new(&home.excerpt(key), excerpt, &staging, Durability::Durable)?;
        write_new(&home.snapshot(key), whole, &staging, Durability::Durable)?;
        Ok(())
    }
}

/// Creates the folder of a store.
fn create(layout: &Layout, sharing: Sharing) -> Result<(), FsError> {
    let root = layout.root();
    create_folders(root).context("create folder", root)?;
    match sharing {
        Sharing::Owner => Ok(()),
        Sharing::Group => share_folder(root).context("change the mode of", root),
    }
}

/// Creates what is missing, and finds out whether the folder can be written.
fn prepare(layout: &Layout) -> Result<(), FsError> {
    let staging = layout.staging();
    create_folders(&staging).context("create folder", &staging)?;
    let tag = layout.cachedir_tag();
    if tag.exists() {
        // The mark is there already: only an access check is owed, without writing anything on a hit.
        return rustix::fs::access(&staging, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
            .context("write to folder", &staging);
    }
    write_new(&tag, TAG.as_bytes(), &staging, Durability::Derived)
}
