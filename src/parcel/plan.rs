//! What goes into a parcel: requests with all that a hit reads, found before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::error::ParcelError;
use super::manifest::Needed;
use super::name::{Kind, MemberName, Part};
use crate::environment::snapshot::{Extent, Snapshot};
use crate::key::{DistributionKey, DistributionPreimage, RequestKey, SnapshotKey};
use crate::store::{Area, BuildRecord, Layout, PinRecord, PipRecord, RequestRecord, Store, record_in};

/// What is to be exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All requests, and all pips.
    Everything,
    /// A request, and the pip whose answer it is, by the name that it is filed under.
    Request(RequestKey, String),
}

/// What goes into a parcel.
#[derive(Debug, Default)]
pub struct Plan {
    /// By their keys.
    pub(super) distributions: BTreeMap<String, (DistributionKey, DistributionPreimage)>,
    /// Snapshots, each with the keys of its distributions.
    pub(super) snapshots: BTreeMap<String, (SnapshotKey, Vec<String>)>,
    /// Records that need a distribution or a snapshot, by their names: where they are, and which key they need.
    pub(super) records: BTreeMap<MemberName, (PathBuf, String)>,
    /// Requests that are left out, and why.
    pub left_out: Vec<String>,
}

impl Plan {
    /// Finds what a choice comes to.
    ///
    /// # Errors
    /// When the request that is chosen has no whole answer.
    pub fn of(store: &Store, choice: &Choice) -> Result<Self, ParcelError> {
        let mut plan = Self::default();
        let pips = match choice {
            Choice::Everything => {
                for (path, key) in keys_in(store, Area::Requests, ".json") {
                    if let Ok(key) = key.parse() {
                        plan.request(store, key, path);
                    }
                }
                None
            }
            Choice::Request(key, pip) => {
                let mut paths = store.layouts().map(|layout| layout.request(*key));
                let path = paths.find(|path| path.exists()).ok_or(ParcelError::Unknown(*key))?;
                if !plan.request(store, *key, path) {
                    return Err(ParcelError::Unknown(*key));
                }
                Some(pip.as_str())
            }
        };
        plan.pips(store, pips);
        plan.lookups(store, (Area::Pins, Kind::Pin));
        plan.lookups(store, (Area::Builds, Kind::Build));
        Ok(plan)
    }

    /// The interpreters that it is of use to.
    pub(super) fn interpreters(&self) -> Vec<Needed> {
        let needed: BTreeSet<Needed> = self
            .distributions
            .values()
            .map(|(_, preimage)| Needed::of(preimage))
            .collect();
        needed.into_iter().collect()
    }

    /// Adds a request with its snapshot, if it is whole.
    fn request(&mut self, store: &Store, key: RequestKey, path: PathBuf) -> bool {
        let record = fs::read(&path).ok().and_then(|text| record_in::<RequestRecord>(&text));
        let record = record.filter(|record| record.key == key);
        let snapshot = record.map(|record| record.snapshot);
        let complete = snapshot.is_some_and(|snapshot| self.snapshot(store, snapshot));
        match snapshot.filter(|_| complete) {
            Some(snapshot) => {
                let name = MemberName::new(Kind::Request, key, Part::Record);
                self.records.insert(name, (path, snapshot.to_string()));
            }
            None => self.left_out.push(format!("request {key}: what it needs is not there")),
        }
        complete
    }

    fn snapshot(&mut self, store: &Store, key: SnapshotKey) -> bool {
        if self.snapshots.contains_key(&key.to_string()) {
            return true;
        }
        let whole = store
            .snapshot(key)
            .and_then(|bytes| Snapshot::decode_as(bytes, key, Extent::Whole).ok());
        let excerpt = store
            .excerpt(key)
            .and_then(|bytes| Snapshot::decode_as(bytes, key, Extent::Excerpt).ok());
        let (Some(whole), Some(_)) = (whole, excerpt) else {
            return false;
        };
        let Ok(preimages) = whole.preimages() else { return false };
        let found: Option<Vec<_>> = whole
            .header
            .distributions
            .iter()
            .zip(preimages)
            .map(|(one, preimage)| {
                let (record, _) = store.archived(one.distribution, &preimage)?;
                (record.content == one.content).then_some((one.distribution, preimage))
            })
            .collect();
        let Some(found) = found else { return false };
        let keys = found.iter().map(|(key, _)| key.to_string()).collect();
        self.distributions
            .extend(found.into_iter().map(|one| (one.0.to_string(), one)));
        self.snapshots.insert(key.to_string(), (key, keys));
        true
    }

    /// Adds pips with their distributions.
    fn pips(&mut self, store: &Store, only: Option<&str>) {
        for (path, name) in keys_in(store, Area::Seeds, ".json") {
            let record = fs::read(&path).ok().and_then(|text| record_in::<PipRecord>(&text));
            let Some(record) = record.filter(|_| only.is_none_or(|only| path == store_pip(store, &path, only))) else {
                continue;
            };
            let member = MemberName::new(Kind::Pip, &name, Part::Record);
            if store.archived(record.distribution, &record.preimage).is_some() && member.to_string().parse() == Ok(member.clone())
            {
                let key = record.distribution.to_string();
                self.records.insert(member, (path, key.clone()));
                self.distributions.insert(key, (record.distribution, record.preimage));
            }
        }
    }

    /// Adds what pins and builds came to, where that goes into the parcel.
    fn lookups(&mut self, store: &Store, (area, kind): (Area, Kind)) {
        for (path, key) in keys_in(store, area, ".json") {
            let Ok(text) = fs::read(&path) else { continue };
            let distribution = match kind {
                Kind::Pin => record_in::<PinRecord>(&text).map(|record| record.distribution),
                _ => record_in::<BuildRecord>(&text).map(|record| record.distribution),
            };
            let distribution = distribution.map(|key| key.to_string());
            if let Some(distribution) = distribution.filter(|key| self.distributions.contains_key(key)) {
                self.records
                    .insert(MemberName::new(kind, key, Part::Record), (path, distribution));
            }
        }
    }
}

/// Where the pip of this name would be, in the store that `path` is in.
fn store_pip(store: &Store, path: &std::path::Path, name: &str) -> PathBuf {
    let layout = store.layouts().find(|layout| path.starts_with(layout.root()));
    layout.map(|layout| layout.pip(name)).unwrap_or_default()
}

/// Files of an area in all layouts, the first of each name, with their names.
fn keys_in(store: &Store, area: Area, suffix: &str) -> Vec<(PathBuf, String)> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    let files = |layout: &Layout| {
        let walk = walkdir::WalkDir::new(layout.area(area)).min_depth(1).max_depth(2);
        walk.into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
    };
    for entry in store.layouts().flat_map(files) {
        if let Some(name) = entry.file_name().to_str().and_then(|name| name.strip_suffix(suffix)) {
            found.entry(name.to_owned()).or_insert_with(|| entry.path().to_owned());
        }
    }
    found.into_iter().map(|(name, path)| (path, name)).collect()
}
