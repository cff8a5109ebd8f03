//! A catalogue while it is written: entries are numbered, and found by what others call them.

use std::collections::HashMap;
use std::hash::Hash;

use super::entry::{Entry, Name};
use crate::upkeep::retention::{Item, Kind, Standing, Stock, Version};

/// A catalogue while it is written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) entries: Vec<Entry>,
    pub(super) stock: Stock,
    projects: Numbers<String>,
    versions: Numbers<(String, String)>,
}

/// Numbers, given in turn.
#[derive(Debug)]
struct Numbers<T>(HashMap<T, u32>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Numbers<T> {
    fn of(&mut self, thing: T) -> u32 {
        let next = number(self.0.len());
        *self.0.entry(thing).or_insert(next)
    }
}

/// What retention has to know of an entry beside the entry itself.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) used: u64,
    pub(super) needs: Vec<u32>,
    pub(super) own: u64,
    pub(super) holds: Vec<u32>,
    pub(super) standing: Standing,
}

impl Draft {
    /// Adds an entry, and says its number.
    pub(super) fn add(&mut self, entry: Entry, facts: Facts) -> u32 {
        let version = match &entry.name {
            Name::Distribution(one) => Some(Version {
                project: self.projects.of(one.project.clone()),
                version: self.versions.of((one.project.clone(), one.version.clone())),
            }),
            _ => None,
        };
        let at = number(self.entries.len());
        self.entries.push(entry);
        self.stock.items.push(Item {
            kind: facts.kind,
            used: facts.used,
            needs: facts.needs,
            own: facts.own,
            holds: facts.holds,
            version,
            standing: facts.standing,
        });
        at
    }

    /// Adds bytes that several entries share, and says their number.
    pub(super) fn blob(&mut self, bytes: u64) -> u32 {
        self.stock.blobs.push(bytes);
        number(self.stock.blobs.len() - 1)
    }
}

/// Four billion entries do not fit on a disk.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
