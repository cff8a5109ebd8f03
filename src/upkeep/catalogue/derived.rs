//! Trees, merged layers and spares.

use std::path::Path;

use rayon::prelude::*;

use super::entry::{Entry, Name};
use super::shelf::{Found, keyed, list};
use crate::fs::{LinkMode, own_bytes};
use crate::key::{ContentKey, SnapshotKey};
use crate::store::{MergedLayer, SpareKind};

/// A tree.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) content: ContentKey,
    pub(super) found: Found,
}

/// A merged layer or a spare.
#[derive(Debug)]
pub(super) struct OfSnapshot {
    pub(super) snapshot: SnapshotKey,
    pub(super) entry: Entry,
    pub(super) used: u64,
    /// Bytes that it shares with no tree.
    pub(super) own: u64,
    /// Whether its files are hard links to trees.
    pub(super) linked: bool,
}

pub(super) fn trees(folder: &Path) -> Vec<Tree> {
    let found = keyed(folder).into_iter();
    let trees = found.filter_map(|found| {
        let content = found.name.parse().ok()?;
        Some(Tree { content, found })
    });
    trees.collect()
}

pub(super) fn layers(folder: &Path) -> Vec<OfSnapshot> {
    let layers = keyed(folder).into_par_iter().filter_map(|found| {
        let snapshot = found.name.parse().ok()?;
        let own = MergedLayer::read(&found.path).and_then(|layer| layer.bytes);
        let own = own.unwrap_or_else(|| own_bytes(&found.path));
        Some(of_snapshot(Name::Layer(snapshot), (snapshot, own, true), &found))
    });
    layers.collect()
}

pub(super) fn spares(folder: &Path) -> Vec<OfSnapshot> {
    let kinds = keyed(folder).into_par_iter().filter_map(|found| {
        let kind: SpareKind = found.name.parse().ok()?;
        Some((kind, found))
    });
    let spares = kinds.flat_map_iter(|(kind, folder)| {
        let found = list(&folder.path).into_iter();
        found.map(move |found| {
            let own = own_bytes(&found.path);
            let linked = kind.mode == LinkMode::Hardlink;
            of_snapshot(Name::Spare(kind), (kind.snapshot, own, linked), &found)
        })
    });
    spares.collect()
}

fn of_snapshot(name: Name, (snapshot, own, linked): (SnapshotKey, u64, bool), found: &Found) -> OfSnapshot {
    OfSnapshot {
        snapshot,
        entry: Entry {
            name,
            paths: vec![found.path.clone()],
            modified: found.modified(),
            bytes: own,
        },
        used: found.written(),
        own,
        linked,
    }
}
