//! Taking out of a store what retention let go.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::catalogue::{Catalogue, Entry, Name};
use super::retention::{Decision, Reason};
use crate::store::{Store, StoreError, Trash};

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries that were taken, by their numbers in the catalogue, and why.
    pub taken: Vec<(usize, Reason)>,
    /// Entries that were used meanwhile, and so stay.
    pub spared: usize,
    /// Bytes that are free now.
    pub freed: u64,
}

/// Takes what was decided to go: each entry with one rename, the commit point first. An entry that was used since the catalogue was read
/// stays. Behind the deadline nothing more is taken, or removed; later runs remove what was taken.
///
/// # Errors
/// When the store cannot be written; what was taken by then is gone.
pub fn prune(store: &Store, catalogue: &Catalogue, decision: &Decision, deadline: Option<Instant>) -> Result<Pruned, StoreError> {
    let mut pruned = Pruned::default();
    if decision.victims.is_empty() {
        return Ok(pruned);
    }
    let mut trash = store.trash()?;
    let mut taken = Vec::new();
    let mut result = Ok(());
    for victim in &decision.victims {
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            break;
        }
        let entry = &catalogue.entries[victim.item];
        match take(&mut trash, entry) {
            Ok(true) => taken.push((victim.item, victim.reason)),
            Ok(false) => pruned.spared += 1,
            Err(error) => {
                result = Err(error);
                break;
            }
        }
    }
    hand_on(catalogue, decision, &taken);
    pruned.taken = taken;
    pruned.freed = trash.empty(deadline);
    result.map(|()| pruned)
}

/// Takes an entry, unless it was used meanwhile.
fn take(trash: &mut Trash, entry: &Entry) -> Result<bool, StoreError> {
    let Some(first) = entry.paths.first() else { return Ok(false) };
    let now = fs::symlink_metadata(first).and_then(|metadata| metadata.modified());
    if now.is_ok_and(|now| now != entry.modified) {
        return Ok(false);
    }
    for path in &entry.paths {
        trash.take(path)?;
    }
    Ok(true)
}

/// What snapshots that are gone were used for, their distributions were used for, too: these must not look older for it.
fn hand_on(catalogue: &Catalogue, decision: &Decision, taken: &[(usize, Reason)]) {
    let mut last: BTreeMap<u32, u64> = BTreeMap::new();
    for (item, _) in taken {
        if matches!(catalogue.entries[*item].name, Name::Snapshot(_)) {
            for need in &catalogue.stock.items[*item].needs {
                let used = last.entry(*need).or_default();
                *used = (*used).max(decision.used[*item]);
            }
        }
    }
    for (need, used) in last {
        if let Some(path) = catalogue.entries[need as usize].paths.first() {
            // One that is gone, too, is not found.
            let _ = set_used(path, used);
        }
    }
}

fn set_used(path: &Path, used: u64) -> std::io::Result<()> {
    let written = fs::symlink_metadata(path)?.mtime();
    if u64::try_from(written).unwrap_or_default() < used {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(used);
        fs::File::open(path)?.set_modified(time)?;
    }
    Ok(())
}
