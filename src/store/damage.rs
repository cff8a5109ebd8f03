//! What is found damaged in normal use: set aside at once, and told of once.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use serde::de::DeserializeOwned;

use super::json::Found;
use super::open::Store;
use crate::key::SnapshotKey;

/// An entry that was found damaged, and is out of use now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Where it was.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// The files of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotPart {
    /// All of it.
    Whole,
    /// What each environment makes for itself.
    Excerpt,
}

impl Store {
    /// Takes a damaged file or folder out of use, to be told of by whoever talks to the user.
    pub fn note_damage(&self, path: &Path, reason: &str) {
        if self.is_shunned(path) {
            return;
        }
        // One that cannot be moved is read again by the next run, and told of again.
        if self.set_aside(path).is_err() {
            let mut shunned = self.shunned.lock().unwrap_or_else(PoisonError::into_inner);
            shunned.insert(path.to_owned());
        }
        let mut damages = self.damages.lock().unwrap_or_else(PoisonError::into_inner);
        damages.push(Damage {
            path: path.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Takes a snapshot and its excerpt out of use, of which one turned out to be damaged: one without the other is a miss.
    pub fn discard_snapshot(&self, key: SnapshotKey, damaged: SnapshotPart, reason: &str) {
        let found = self.layouts().find_map(|layout| {
            let [whole, excerpt] = [layout.snapshot(key), layout.excerpt(key)];
            let (first, other) = match damaged {
                SnapshotPart::Whole => (whole, excerpt),
                SnapshotPart::Excerpt => (excerpt, whole),
            };
            (first.exists() && !self.is_shunned(&first)).then_some((first, other))
        });
        if let Some((damaged, other)) = found {
            self.note_damage(&damaged, reason);
            // What cannot be moved is replaced when it is composed anew.
            let _ = self.set_aside(&other);
        }
    }

    /// What was found damaged since this was last asked for.
    pub fn take_damages(&self) -> Vec<Damage> {
        std::mem::take(&mut *self.damages.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads a record; a damaged one is taken out of use, and noted.
    pub(super) fn record<T: DeserializeOwned>(&self, path: &Path) -> Option<T> {
        match super::json::find(path) {
            Found::Record(record) => Some(record).filter(|_| !self.is_shunned(path)),
            Found::Nothing => None,
            Found::Damaged(reason) => {
                self.note_damage(path, reason);
                None
            }
        }
    }
}
