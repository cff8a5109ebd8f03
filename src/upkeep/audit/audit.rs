//! An audit: all entries of a store, looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::answers::{requests, snapshots};
use super::distributions::{Archived, distributions};
use super::finding::{Fault, Finding, Subject};
use super::look::{Seen, Stamp};
use super::lookups::{lookups, sources, top};
use super::standing::{Standards, standing};
use super::trees::trees;
use crate::key::ContentKey;
use crate::store::{Area, Layout, Store};

/// What was looked at, and what was found.
#[derive(Debug, Default)]
pub struct Looked {
    /// By the names of areas: entries that are whole, and their bytes.
    pub areas: BTreeMap<&'static str, (usize, u64)>,
    /// What is not as it should be, sorted.
    pub findings: Vec<Finding>,
    /// Entries of newer formats.
    pub newer: Vec<PathBuf>,
    /// Files that are nobody's.
    pub unknown: Vec<PathBuf>,
}

impl Looked {
    pub(super) fn note(&mut self, path: &Path, subject: Subject, seen: Seen) {
        let (fault, cause) = match seen {
            Seen::Gone => return,
            Seen::Newer => {
                self.newer.push(path.to_owned());
                return;
            }
            Seen::Whole(bytes) => {
                let (count, sum) = self.areas.entry(subject.area().name()).or_default();
                *count += 1;
                *sum += bytes;
                return;
            }
            Seen::Damaged(cause) => (Fault::Damaged, cause),
            Seen::Incomplete(cause) => (Fault::Incomplete, cause),
            Seen::Unreadable(cause) => (Fault::Unreadable, cause),
        };
        self.findings.push(Finding {
            path: path.to_owned(),
            fault,
            cause,
            subject,
            stamp: Stamp::of(path),
        });
    }

    /// Adds what was looked at elsewhere.
    pub fn add(&mut self, other: Self) {
        for (area, (count, bytes)) in other.areas {
            let (sum, all) = self.areas.entry(area).or_default();
            *sum += count;
            *all += bytes;
        }
        self.findings.extend(other.findings);
        self.newer.extend(other.newer);
        self.unknown.extend(other.unknown);
    }
}

/// An audit of a store.
#[derive(Debug)]
pub struct Audit {
    /// What was looked at.
    pub looked: Looked,
    archived: Archived,
}

impl Audit {
    /// Looks at all entries of the store that is written.
    pub fn of(store: &Store) -> Self {
        Self::read(store.lasting(), Some(store))
    }

    /// Looks at all entries of a store that is only read. Nobody uses layers and spares of those.
    pub fn of_read(layout: &Layout) -> Self {
        Self::read(layout, None)
    }

    fn read(layout: &Layout, store: Option<&Store>) -> Self {
        let mut looked = Looked::default();
        let mut archived = distributions(layout, &mut looked);
        let others = store.into_iter().flat_map(Store::layouts);
        archived.below = others.filter(|other| *other != layout).cloned().collect();
        let trees = trees(layout, &mut looked);
        let snapshots = snapshots(layout, (&archived, &trees), &mut looked);
        requests(layout, (&snapshots, &archived.below), &mut looked);
        if let Some(store) = store {
            let standards = Standards {
                store,
                trees: &trees,
                snapshots: &snapshots,
            };
            standing(standards, &mut looked);
        }
        lookups(layout, &archived, &mut looked);
        sources(layout, &mut looked);
        top(layout, &mut looked);
        looked.findings.sort();
        looked.newer.sort();
        looked.unknown.sort();
        Self { looked, archived }
    }

    /// The record of a distribution whose archive has this content, and is whole.
    pub fn record_of(&self, content: ContentKey) -> Option<&Path> {
        let mut contents = self.archived.contents.values();
        contents
            .find(|(found, _)| *found == content)
            .map(|(_, record)| record.as_path())
    }
}

impl Looked {
    /// How many entries of an area are whole, and their bytes.
    pub fn whole(&self, area: Area) -> (usize, u64) {
        self.areas.get(area.name()).copied().unwrap_or_default()
    }
}
