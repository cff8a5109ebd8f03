//! All that a store has, and what needs what.

use std::collections::{HashMap, HashSet};

use super::answers::{Request, SnapshotFiles, requests, snapshots};
use super::archives::{Distribution, distributions};
use super::derived::{OfSnapshot, Tree, layers, spares, trees};
use super::draft::{Draft, Facts};
use super::elsewhere::Elsewhere;
use super::entry::{Entry, Name};
use super::rest::{files, seeds};
use crate::fs::all_bytes;
use crate::key::{ContentKey, DistributionKey, SnapshotKey};
use crate::store::{Area, Lease, Store};
use crate::upkeep::retention::{Kind, Standing, Stock};

/// All that a store has.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// The entries.
    pub entries: Vec<Entry>,
    /// The same as retention sees them, in the same order.
    pub stock: Stock,
}

impl Catalogue {
    /// Looks through the store whose entries last: at every entry, at no file of trees; and, where something is not in it that is needed,
    /// for that in the stores below it. `tenants` are leases of living environments; `now` is in seconds since 1970.
    pub fn read(store: &Store, tenants: &[Lease], now: u64) -> Self {
        let layout = store.lasting();
        let mut writer = Writer {
            leased: tenants.iter().map(|lease| (lease.snapshot, lease.seen)).collect(),
            ..Writer::new(Elsewhere::of(store))
        };
        let folder = |area| layout.area(area);
        let (found, (snapshots, requests)) = rayon::join(
            || distributions(&folder(Area::Archives)),
            || rayon::join(|| snapshots(&folder(Area::Snapshots)), || requests(&folder(Area::Requests))),
        );
        // In this order: each finds what it needs by what was written before.
        writer.distributions(found);
        writer.borrowed(&snapshots);
        writer.trees(trees(&folder(Area::Trees)));
        writer.snapshots(snapshots);
        for one in layers(&folder(Area::Merged)) {
            writer.of_snapshot(Kind::Layer, one);
        }
        for one in spares(&folder(Area::Spares)) {
            writer.of_snapshot(Kind::Spare, one);
        }
        writer.requests(requests);
        writer.seeds(seeds(layout));
        for (entry, facts) in files(layout, now) {
            writer.draft.add(entry, facts);
        }
        Self {
            entries: writer.draft.entries,
            stock: writer.draft.stock,
        }
    }
}

/// Joins what lies on different shelves.
struct Writer<'a> {
    elsewhere: Elsewhere<'a>,
    draft: Draft,
    distributions: HashMap<DistributionKey, u32>,
    contents: HashMap<ContentKey, Content>,
    /// Trees without an archive.
    lone_trees: HashMap<ContentKey, u32>,
    /// What is archived in a store below this one only.
    borrowed: HashSet<ContentKey>,
    snapshots: HashMap<SnapshotKey, (u32, Vec<ContentKey>)>,
    /// Snapshots that living environments need, and when these were last seen.
    leased: HashMap<SnapshotKey, u64>,
}

/// What there is of some content.
#[derive(Default)]
struct Content {
    distributions: Vec<u32>,
    /// Bytes on disk of its tree.
    bytes: Option<u64>,
    blob: Option<u32>,
}

impl<'a> Writer<'a> {
    fn new(elsewhere: Elsewhere<'a>) -> Self {
        Self {
            elsewhere,
            draft: Draft::default(),
            distributions: HashMap::new(),
            contents: HashMap::new(),
            lone_trees: HashMap::new(),
            borrowed: HashSet::new(),
            snapshots: HashMap::new(),
            leased: HashMap::new(),
        }
    }

    fn borrowed(&mut self, snapshots: &[SnapshotFiles]) {
        let needed = snapshots.iter().flat_map(|one| &one.distributions);
        let missing = needed.filter(|needed| !self.distributions.contains_key(&needed.distribution));
        let borrowed = missing.filter(|needed| self.elsewhere.has_distribution(needed.distribution));
        self.borrowed = borrowed.map(|needed| needed.content).collect();
    }

    fn distributions(&mut self, found: Vec<Distribution>) {
        for one in found {
            let facts = facts(one.kind, one.used, one.standing, one.entry.bytes);
            let number = self.draft.add(one.entry, facts);
            self.distributions.insert(one.key, number);
            if let Some(content) = one.content {
                let of = self.contents.entry(content).or_default();
                of.distributions.push(number);
                of.bytes = of.bytes.max(one.tree_bytes);
            }
        }
    }

    fn snapshots(&mut self, found: Vec<SnapshotFiles>) {
        for one in found {
            let mut needs = Vec::new();
            let mut whole = true;
            for needed in &one.distributions {
                let archive = self.distributions.get(&needed.distribution);
                match archive.or_else(|| self.lone_trees.get(&needed.content)) {
                    Some(number) => needs.push(*number),
                    // Others keep it.
                    None if self.borrowed.contains(&needed.content) => {}
                    None => whole = false,
                }
            }
            let standing = match (whole, self.leased.contains_key(&one.key)) {
                (_, true) => Standing::Held,
                (false, false) => Standing::Broken,
                (true, false) => one.standing,
            };
            let mut facts = facts(Kind::Snapshot, one.used, standing, one.entry.bytes);
            facts.needs = unique(needs);
            let number = self.draft.add(one.entry, facts);
            let contents = one.distributions.iter().map(|needed| needed.content).collect();
            self.snapshots.insert(one.key, (number, contents));
        }
    }

    fn requests(&mut self, found: Vec<Request>) {
        for one in found {
            let needed = one.snapshot.and_then(|key| Some(self.snapshots.get(&key)?.0));
            let lost = needed.is_none() && one.snapshot.is_some_and(|key| !self.elsewhere.has_snapshot(key));
            let standing = if lost { Standing::Broken } else { one.standing };
            let mut facts = facts(Kind::Request, one.used, standing, one.entry.bytes);
            facts.needs.extend(needed);
            self.draft.add(one.entry, facts);
        }
    }

    fn seeds(&mut self, found: Vec<(Entry, Facts, Option<DistributionKey>)>) {
        for (entry, mut facts, distribution) in found {
            let needed = distribution.and_then(|key| self.distributions.get(&key).copied());
            if needed.is_none() && distribution.is_some_and(|key| !self.elsewhere.has_distribution(key)) {
                facts.standing = Standing::Broken;
            }
            facts.needs.extend(needed);
            self.draft.add(entry, facts);
        }
    }

    fn trees(&mut self, trees: Vec<Tree>) {
        for Tree { content, found } in trees {
            let of = self.contents.entry(content).or_default();
            let alone = of.distributions.is_empty() && !self.borrowed.contains(&content);
            let bytes = *of.bytes.get_or_insert_with(|| all_bytes(&found.path));
            let blob = *of.blob.get_or_insert_with(|| self.draft.blob(bytes));
            // The only copy of something is not derived of anything.
            let kind = if alone { Kind::Downloaded } else { Kind::Tree };
            let mut facts = facts(kind, found.written(), Standing::Free, 0);
            facts.needs.clone_from(&of.distributions);
            facts.holds.push(blob);
            let entry = Entry {
                name: Name::Tree(content),
                modified: found.modified(),
                paths: vec![found.path],
                bytes,
            };
            let number = self.draft.add(entry, facts);
            if alone {
                self.lone_trees.insert(content, number);
            }
        }
    }

    fn of_snapshot(&mut self, kind: Kind, one: OfSnapshot) {
        let leased = self.leased.get(&one.snapshot).copied();
        let of = self.snapshots.get(&one.snapshot);
        let standing = match (leased, of) {
            (Some(_), _) if kind == Kind::Layer => Standing::Held,
            (_, None) if !self.elsewhere.has_snapshot(one.snapshot) => Standing::Broken,
            (_, _) => Standing::Free,
        };
        let used = one.used.max(leased.unwrap_or_default());
        let mut facts = facts(kind, used, standing, one.own);
        let mut entry = one.entry;
        if let Some((number, contents)) = of {
            facts.needs.push(*number);
            for content in contents.iter().filter(|_| one.linked) {
                let of = self.contents.entry(*content).or_default();
                let bytes = of.bytes.unwrap_or_default();
                entry.bytes += bytes;
                facts.holds.push(*of.blob.get_or_insert_with(|| self.draft.blob(bytes)));
            }
            facts.holds = unique(facts.holds);
        }
        self.draft.add(entry, facts);
    }
}

fn facts(kind: Kind, used: u64, standing: Standing, own: u64) -> Facts {
    Facts {
        kind,
        used,
        needs: Vec::new(),
        own,
        holds: Vec::new(),
        standing,
    }
}

fn unique(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
