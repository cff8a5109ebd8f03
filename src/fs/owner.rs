//! What is temporary belongs to a process, and is garbage once that is dead.
//!
//! # Owners
//! An owner holds the lock on what it has made for as long as it needs it. Between making and locking, a sweeper may have come: so what is
//! locked must still have its name then, or something else is made.
//!
//! # Sweepers
//! Whoever gets that lock knows that the owner is dead, and removes what is locked. Names and process numbers prove nothing: numbers are
//! used again, and containers that share a folder have each their own.
//!
//! # Filesystems
//! Where there are no locks, and on filesystems that several machines may have mounted (whose locks may reach no farther than one of them),
//! age has to tell as well.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::error::{Context, FsError};
use super::inherit::create_folders;
use super::lock::{Attempt, Lock, Locking};
use super::remove::remove_tree;

/// Where locks say too little, what was not changed for so long has no owner: no build takes a day.
const FORSAKEN: Duration = Duration::from_hours(24);

/// In names of what those made who ask for no locks: that nobody has locked it proves nothing.
const UNLOCKED: &str = "unlocked-";

/// Sweepers that come between making and locking, one after the other.
const TRIES: usize = 16;

/// Makes a folder of a new name in `parent`, and locks it where there are locks.
///
/// # Errors
/// When it cannot be created.
pub fn own_folder(parent: &Path, prefix: &str) -> Result<(TempDir, Option<Lock>), FsError> {
    create_folders(parent).context("create folder", parent)?;
    let prefix = format!("{prefix}{}", unlocked());
    let make = || Builder::new().prefix(&prefix).tempdir_in(parent);
    for _ in 0..TRIES {
        let folder = make().context("create a temporary folder in", parent)?;
        match Lock::attempt_at(folder.path()) {
            Ok(Attempt::Taken(lock)) => return Ok((folder, Some(lock))),
            Ok(Attempt::Unsupported) => return Ok((folder, None)),
            // It is being removed, or is gone.
            Ok(Attempt::Busy) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).context("open folder", folder.path()),
        }
        let _ = folder.keep();
    }
    Err(io::Error::from(io::ErrorKind::ResourceBusy)).context("create a temporary folder in", parent)
}

/// Makes a file of a new name in `folder`, with mode 0644 less the umask; it is locked as long as it is open, where there are locks.
///
/// # Errors
/// When it cannot be created.
pub(super) fn own_file(folder: &Path) -> Result<NamedTempFile, FsError> {
    let permissions = Permissions::from_mode(0o644);
    let prefix = format!(".tmp{}", unlocked());
    let make = || {
        Builder::new()
            .prefix(&prefix)
            .permissions(permissions.clone())
            .tempfile_in(folder)
    };
    for _ in 0..TRIES {
        let file = make().context("create a temporary file in", folder)?;
        if Lock::marks(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
    Err(io::Error::from(io::ErrorKind::ResourceBusy)).context("create a temporary file in", folder)
}

fn unlocked() -> &'static str {
    match Locking::of_process() {
        Locking::Forgone => UNLOCKED,
        Locking::Used | Locking::Missing => "",
    }
}

/// What processes may have left in a folder.
#[derive(Debug, Clone, Copy)]
pub struct Leftovers<'a> {
    /// Where.
    pub folder: &'a Path,
    /// When it is, in seconds since 1970.
    pub now: u64,
}

impl Leftovers<'_> {
    /// Removes what has no owner any more. What cannot be removed stays.
    pub fn remove(self) {
        self.remove_those(|_| true);
    }

    /// The same, of entries that are wanted.
    pub fn remove_those(self, wanted: impl Fn(&fs::DirEntry) -> bool) {
        let Ok(entries) = fs::read_dir(self.folder) else { return };
        let mut local = None;
        for entry in entries.filter_map(Result::ok).filter(wanted) {
            let path = entry.path();
            // Of most folders there is nothing to be asked.
            let local = *local.get_or_insert_with(|| is_of_one_machine(self.folder));
            let forsaken = || entry.metadata().is_ok_and(|found| self.is_forsaken(&found));
            let local = local && !entry.file_name().to_string_lossy().contains(UNLOCKED);
            match Lock::attempt_at(&path) {
                Ok(Attempt::Taken(_dead)) if local || forsaken() => {
                    let _ = remove_tree(&path);
                }
                Ok(Attempt::Unsupported) if forsaken() => {
                    let _ = remove_tree(&path);
                }
                _ => {}
            }
        }
    }

    /// Removes entries that are wanted and old, whether somebody has locked them or not.
    pub fn remove_forsaken(self, wanted: impl Fn(&fs::DirEntry) -> bool) {
        let entries = fs::read_dir(self.folder).into_iter().flatten().filter_map(Result::ok);
        for entry in entries.filter(wanted) {
            if entry.metadata().is_ok_and(|found| self.is_forsaken(&found)) {
                let _ = remove_tree(&entry.path());
            }
        }
    }

    fn is_forsaken(&self, found: &fs::Metadata) -> bool {
        let limit = (SystemTime::UNIX_EPOCH + Duration::from_secs(self.now)).checked_sub(FORSAKEN);
        let modified = found.modified().ok();
        limit.zip(modified).is_some_and(|(limit, modified)| modified < limit)
    }
}

/// Whether whoever sees a folder sees its locks, too: it is on a filesystem that one kernel alone has mounted.
#[cfg(target_os = "linux")]
fn is_of_one_machine(folder: &Path) -> bool {
    // ext, xfs, btrfs, bcachefs, f2fs, zfs, tmpfs, ramfs, overlay: linux/magic.h.
    const LOCAL: [u64; 9] = [
        0xEF53,
        0x5846_5342,
        0x9123_683E,
        0xCA45_1A4E,
        0xF2F5_2010,
        0x2FC1_2FC1,
        0x0102_1994,
        0x8584_58F6,
        0x794C_7630,
    ];
    let kind = File::open(folder).and_then(|folder| Ok(rustix::fs::fstatfs(folder)?.f_type));
    kind.is_ok_and(|kind| u64::try_from(kind).is_ok_and(|kind| LOCAL.contains(&kind)))
}

/// Whether whoever sees a folder sees its locks, too: nobody knows.
#[cfg(not(target_os = "linux"))]
fn is_of_one_machine(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> u64 {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    }

    fn sweep(folder: &Path, now: u64) {
        Leftovers { folder, now }.remove();
    }

    /// A child that another thread has just forked holds our locks until it becomes another program.
    fn eventually(mut holds: impl FnMut() -> bool) -> bool {
        (0..200).any(|_| {
            holds() || {
                std::thread::sleep(Duration::from_millis(10));
                false
            }
        })
    }

    #[test]
    fn what_has_an_owner_stays_and_the_rest_goes_at_once() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path();
        let (owned, lock) = own_folder(folder, "host-1-").unwrap();
        let file = own_file(folder).unwrap();
        fs::create_dir_all(folder.join("dead/a/b")).unwrap();
        fs::write(folder.join("dead/a/file"), "").unwrap();
        fs::write(folder.join(".tmpDead"), "").unwrap();
        let left = || fs::read_dir(folder).unwrap().count();
        sweep(folder, now());
        assert_eq!((left(), owned.path().is_dir(), file.path().is_file()), (2, true, true));
        let _ = (owned.keep(), file.into_temp_path().keep().unwrap());
        drop(lock);
        assert!(eventually(|| {
            sweep(folder, now());
            left() == 0
        }));
    }

    #[test]
    fn links_and_pipes_are_neither_followed_nor_waited_for() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, precious) = (parent.path().join("tmp"), parent.path().join("precious"));
        fs::create_dir(&folder).unwrap();
        fs::create_dir(&precious).unwrap();
        std::os::unix::fs::symlink(&precious, folder.join("link")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            folder.join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        sweep(&folder, now());
        assert!(precious.is_dir() && folder.join("link").symlink_metadata().is_ok());
    }

    #[test]
    fn what_is_made_without_locks_is_not_taken_for_dead() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join(format!("host-1-{UNLOCKED}x"));
        fs::create_dir(&folder).unwrap();
        sweep(parent.path(), now());
        assert!(folder.is_dir());
        sweep(parent.path(), now() + FORSAKEN.as_secs() + 60);
        assert!(!folder.exists());
    }

    #[test]
    fn only_what_is_old_is_forsaken() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        let found = fs::metadata(&file).unwrap();
        let told = |now| {
            Leftovers {
                folder: parent.path(),
                now,
            }
            .is_forsaken(&found)
        };
        assert_eq!([0, now(), now() + FORSAKEN.as_secs() + 60].map(told), [false, false, true]);
    }

    /// Sweepers and owners at once: nobody who got a folder may lose it.
    #[test]
    fn nobody_loses_what_was_just_made() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path();
        std::thread::scope(|scope| {
            let owners: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..200 {
                            let (owned, _lock) = own_folder(folder, "x-").unwrap();
                            let file = own_file(folder).unwrap();
                            fs::write(owned.path().join("file"), "").unwrap();
                            assert!(owned.path().join("file").exists() && file.path().exists());
                        }
                    })
                })
                .collect();
            while owners.iter().any(|owner| !owner.is_finished()) {
                sweep(folder, now());
            }
        });
    }
}
