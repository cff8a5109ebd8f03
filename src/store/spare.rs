//! Spares: assembled environments that wait for somebody to take them.
//!
//! # Locking
//! A spare is taken with one rename, so two takers never get the same. Whoever makes spares of a kind holds the lock on its folder; nobody
//! who takes one looks at it.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use super::error::StoreError;
use super::layout::Layout;
use super::open::Store;
use super::staging::Staging;
use crate::fs::{Context, Durability, FsError, LinkMode, Lock, create_folders, publish, remove_tree, write_new};
use crate::key::SnapshotKey;

/// How many times of asking are kept.
const KEPT: usize = 8;

/// Within this time, and so often, an environment has to be asked for before a spare is worth its space.
const RECENT: u64 = 7 * 86_400;
const OFTEN: usize = 2;

/// What a spare stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpareKind {
    /// Which files.
    pub snapshot: SnapshotKey,
    /// How they got there.
    pub mode: LinkMode,
}

/// Text that names no kind of spares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no kind of spares (a snapshot key and a link mode)")]
pub struct InvalidSpareKind(String);

impl fmt::Display for SpareKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.snapshot, self.mode)
    }
}

impl FromStr for SpareKind {
    type Err = InvalidSpareKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.rsplit_once('-');
        let kind = parts.and_then(|(snapshot, mode)| {
            Some(Self {
                snapshot: snapshot.parse().ok()?,
                mode: mode.parse().ok()?,
            })
        });
        kind.ok_or_else(|| InvalidSpareKind(text.to_owned()))
    }
}

/// A spare that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spare {
    /// What it stands in for.
    pub kind: SpareKind,
    /// Where it is.
    pub path: PathBuf,
    /// When it was made.
    pub made: SystemTime,
}

/// When environments were asked for, in seconds since 1970, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked(Vec<u64>);

impl Asked {
    fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    fn note(&mut self, now: u64) {
        self.0.push(now);
        self.0.drain(..self.0.len().saturating_sub(KEPT));
    }

    /// Whether a spare is worth its space.
    pub fn is_often(&self, now: u64) -> bool {
        self.0.iter().filter(|then| now.saturating_sub(**then) <= RECENT).count() >= OFTEN
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|time| writeln!(formatter, "{time}"))
    }
}

impl Store {
    /// The spares of a kind.
    pub fn spares(&self, kind: SpareKind) -> Vec<Spare> {
        let found = entries(&self.home().spares(kind)).filter_map(|path| {
            let made = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok()?;
            Some(Spare { kind, path, made })
        });
        found.collect()
    }

    /// All spares that wait.
    pub fn all_spares(&self) -> Vec<Spare> {
        let kinds = self.spare_kinds();
        kinds.into_iter().flat_map(|kind| self.spares(kind)).collect()
    }

    /// The kinds that there are spares of, or were, or that were asked for while spares are kept.
    pub fn spare_kinds(&self) -> Vec<SpareKind> {
        let groups = entries(&self.home().all_spares());
        let names = groups.flat_map(|group| entries(&group));
        let mut kinds: Vec<SpareKind> = names
            .filter_map(|path| Layout::kind_of(path.file_name()?.to_str()?))
            .collect();
        kinds.sort_by_cached_key(SpareKind::to_string);
        kinds.dedup();
        kinds
    }

    /// Whether there are spares of a kind, or were.
    pub fn had_spares(&self, kind: SpareKind) -> bool {
        self.home().spares(kind).is_dir()
    }

    /// Takes a spare for the environment that grows in `staging`, if there is one that its owner could have made there: it is the folder `name`
    /// in it then, and nobody else's.
    pub fn take_spare(&self, kind: SpareKind, staging: &Path, name: &str) -> Option<PathBuf> {
        let wanted = fs::metadata(staging).ok()?;
        let taken = staging.join(name);
        let fitting = entries(&self.home().spares(kind)).filter(|path| {
            // Owner, group and mode tell the umask that it was made under.
            let found = fs::symlink_metadata(path);
            let same = |found: fs::Metadata| {
                (found.dev(), found.uid(), found.gid(), found.mode()) == (wanted.dev(), wanted.uid(), wanted.gid(), wanted.mode())
            };
            found.is_ok_and(same)
        });
        // Another process may be quicker, and not every folder of a filesystem can be renamed into every other.
        let mut fitting = fitting.filter(|path| fs::rename(path, &taken).is_ok());
        fitting.next().map(|_| taken)
    }

    /// Sets a taken spare aside for the user to look at.
    ///
    /// # Errors
    /// When it can neither be moved nor removed.
    pub fn set_spare_aside(&self, taken: &Path) -> Result<(), StoreError> {
        match self.move_aside(taken) {
            Ok(()) => Ok(()),
            Err(_) => Ok(remove_tree(taken).context("remove", taken)?),
        }
    }

    /// Removes all spares of a kind that nobody takes at the same moment.
    ///
    /// # Errors
    /// When one cannot be moved away.
    pub fn drop_spares(&self, kind: SpareKind) -> Result<(), StoreError> {
        for spare in self.spares(kind) {
            let staging = self.staging()?;
            match fs::rename(&spare.path, staging.join("spare")) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).context("remove", &spare.path)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps the folder `name` in `staging` as a spare.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn put_spare(&self, kind: SpareKind, staging: &Staging, name: &str) -> Result<(), StoreError> {
        // The staging folder's name is nobody else's.
        let path = self.home().spares(kind).join(staging.path().file_name().unwrap_or_default());
        self.spares_folder(kind)?;
        publish(&staging.join(name), &path).context("create", &path)?;
        Ok(())
    }

    /// The right to make spares of a kind; nothing while somebody else has it, or where there are no locks.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn make_spares_if_free(&self, kind: SpareKind) -> Result<Option<Lock>, StoreError> {
        Ok(Lock::if_free(&self.spares_folder(kind)?))
    }

    /// The same, waiting for somebody else; where there are no locks, it is not needed.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn make_spares(&self, kind: SpareKind, on_wait: impl FnOnce()) -> Result<Option<Lock>, StoreError> {
        Ok(Lock::on_folder(&self.spares_folder(kind)?, on_wait)?)
    }

    /// Forgets that there were spares of a kind, if there are none.
    pub fn forget_spares(&self, kind: SpareKind) {
        // It is not empty, or cannot be removed: then they are remembered.
        let _ = fs::remove_dir(self.home().spares(kind));
    }

    fn spares_folder(&self, kind: SpareKind) -> Result<PathBuf, FsError> {
        let folder = self.home().spares(kind);
        create_folders(&folder).context("create folder", &folder)?;
        Ok(folder)
    }

    /// When environments of a kind were asked for.
    pub fn asked(&self, kind: SpareKind) -> Asked {
        let text = fs::read_to_string(self.home().asked(kind));
        text.map(|text| Asked::parse(&text)).unwrap_or_default()
    }

    /// Notes that one is asked for now, in seconds since 1970. Of two processes at the same moment, one may be forgotten.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn note_asked(&self, kind: SpareKind, now: u64) -> Result<Asked, StoreError> {
        let mut asked = self.asked(kind);
        asked.note(now);
        let home = self.home();
        let text = asked.to_string();
        write_new(&home.asked(kind), text.as_bytes(), &home.staging(), Durability::Derived)?;
        Ok(asked)
    }
}

impl Spare {
    /// How long it has been waiting.
    pub fn age(&self, now: u64) -> Duration {
        let made = self.made.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Duration::from_secs(now).saturating_sub(made)
    }
}

/// What is in a folder; nothing where there is none.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries: io::Result<fs::ReadDir> = fs::read_dir(folder);
    entries.into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::ContentKey;
    use crate::store::testing::Shelf;

    fn kind() -> SpareKind {
        let key: ContentKey = "ab".repeat(32).parse().unwrap();
        SpareKind {
            snapshot: key.to_string().parse().unwrap(),
            mode: LinkMode::Hardlink,
        }
    }

    fn put(shelf: &Shelf) {
        let staging = shelf.store.staging().unwrap();
        fs::create_dir_all(staging.join("spare/lib")).unwrap();
        shelf.store.put_spare(kind(), &staging, "spare").unwrap();
    }

    #[test]
    fn twice_within_a_week_is_often() {
        let mut asked = Asked::default();
        asked.note(1_000_000);
        assert!(!asked.is_often(1_000_000));
        asked.note(1_000_000 + RECENT);
        assert!(asked.is_often(1_000_000 + RECENT));
        assert!(!asked.is_often(1_000_001 + RECENT));
        for time in 0..20 {
            asked.note(time);
        }
        assert_eq!(Asked::parse(&asked.to_string()), asked);
        assert_eq!(asked.0, (12..20).collect::<Vec<_>>());
        assert_eq!(Asked::parse("x\n\n7\n"), Asked(vec![7]));
    }

    #[test]
    fn a_spare_is_taken_once_and_only_where_it_fits() {
        let shelf = Shelf::new();
        put(&shelf);
        put(&shelf);
        assert_eq!(shelf.store.spares(kind()).len(), 2);
        assert_eq!(shelf.store.all_spares().len(), 2);
        let strict = shelf.folder.path().join("strict");
        fs::create_dir(&strict).unwrap();
        fs::set_permissions(&strict, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        assert_eq!(shelf.store.take_spare(kind(), &strict, "spare"), None);
        for (number, there) in [(1, true), (2, true), (3, false)] {
            let staging = shelf.folder.path().join(number.to_string());
            fs::create_dir(&staging).unwrap();
            let taken = shelf.store.take_spare(kind(), &staging, "spare");
            assert_eq!(taken.is_some_and(|taken| taken.join("lib").is_dir()), there, "{number}");
        }
        assert_eq!(shelf.store.spare_kinds(), [kind()]);
    }

    #[test]
    fn one_process_at_a_time_makes_spares() {
        let shelf = Shelf::new();
        let first = shelf.store.make_spares_if_free(kind()).unwrap();
        assert!(first.is_some());
        assert!(shelf.store.make_spares_if_free(kind()).unwrap().is_none());
        drop(first);
        assert!(
            shelf
                .store
                .make_spares(kind(), || panic!("nobody holds it"))
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn a_kind_is_forgotten_only_without_spares() {
        let shelf = Shelf::new();
        drop(shelf.store.make_spares_if_free(kind()).unwrap());
        assert!(shelf.store.had_spares(kind()));
        shelf.store.forget_spares(kind());
        assert!(!shelf.store.had_spares(kind()));
        put(&shelf);
        shelf.store.forget_spares(kind());
        assert_eq!(shelf.store.spares(kind()).len(), 1);
    }

    #[test]
    fn what_was_asked_for_is_a_kind_without_a_spare() {
        let shelf = Shelf::new();
        assert!(!shelf.store.note_asked(kind(), 10).unwrap().is_often(10));
        assert!(shelf.store.note_asked(kind(), 20).unwrap().is_often(20));
        assert_eq!(shelf.store.spare_kinds(), [kind()]);
        assert!(shelf.store.all_spares().is_empty());
    }
}
