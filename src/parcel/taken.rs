//! What was unpacked, checked entry by entry: each is what its name and its own records say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::ParcelError;
use super::name::{Kind, MemberName, Part};
use super::read::{Members, of_kind};
use crate::environment::snapshot::{Extent, Snapshot};
use crate::fs::{Soundness, soundness};
use crate::key::{ContentKey, DistributionKey, SnapshotKey, key_of};
use crate::store::{
    Area, BuildRecord, DistributionRecord, PinRecord, PipRecord, RequestRecord, Store, examine_record, record_in,
};

/// The format of records that this version knows.
const FORMAT: u32 = 1;

/// What a parcel holds, checked.
#[derive(Default)]
pub(super) struct Taken {
    /// By their keys: content, record and archive.
    pub(super) distributions: BTreeMap<String, (ContentKey, PathBuf, PathBuf)>,
    pub(super) snapshots: BTreeMap<String, TakenSnapshot>,
    /// Everything else, with the key that it needs.
    pub(super) records: BTreeMap<MemberName, (PathBuf, String)>,
}

/// A snapshot of a parcel.
pub(super) struct TakenSnapshot {
    pub(super) key: SnapshotKey,
    pub(super) whole: PathBuf,
    pub(super) excerpt: PathBuf,
    pub(super) needs: Vec<(String, ContentKey)>,
}

impl Taken {
    /// Checks all members.
    ///
    /// # Errors
    /// The first that is not what it has to be.
    pub(super) fn check(members: &Members, store: &Store) -> Result<Self, ParcelError> {
        let names: Vec<&MemberName> = members.keys().collect();
        let distributions: Vec<_> = names
            .par_iter()
            .filter(|name| name.kind == Kind::Archive && name.part == Part::Record)
            .map(|name| distribution(members, name, store))
            .collect::<Result<_, _>>()?;
        let snapshots: Vec<_> = names
            .par_iter()
            .filter(|name| name.kind == Kind::Snapshot && name.part == Part::Whole)
            .map(|name| snapshot(members, name))
            .collect::<Result<_, _>>()?;
        let mut taken = Self {
            distributions: distributions.into_iter().collect(),
            snapshots: snapshots.into_iter().collect(),
            records: BTreeMap::new(),
        };
        taken.pairs(members)?;
        for kind in [Kind::Pin, Kind::Build, Kind::Pip, Kind::Request] {
            for (name, path) in of_kind(members, kind) {
                let needed = record(name, path)?;
                taken.records.insert(name.clone(), (path.clone(), needed));
            }
        }
        taken.relations()?;
        Ok(taken)
    }

    /// Archives have records, and excerpts snapshots.
    fn pairs(&self, members: &Members) -> Result<(), ParcelError> {
        let lone = members.keys().find(|name| match name.part {
            Part::Archive => !self.distributions.contains_key(&name.key),
            Part::Excerpt => !self.snapshots.contains_key(&name.key),
            Part::Record | Part::Whole => false,
        });
        lone.map_or(Ok(()), |name| Err(refused(name, "what belongs to it is not there")))
    }

    /// What is needed is there, too.
    fn relations(&self) -> Result<(), ParcelError> {
        for (key, one) in &self.snapshots {
            let has =
                |(key, content): &(String, ContentKey)| self.distributions.get(key).is_some_and(|(found, ..)| found == content);
            if !one.needs.iter().all(has) {
                let name = MemberName::new(Kind::Snapshot, key, Part::Whole);
                return Err(refused(&name, "an archive that it needs is not there"));
            }
        }
        for (name, (_, need)) in &self.records {
            let there = match name.kind {
                Kind::Request => self.snapshots.contains_key(need),
                _ => self.distributions.contains_key(need),
            };
            if !there {
                return Err(refused(name, "what it needs is not there"));
            }
        }
        Ok(())
    }
}

fn refused(name: &MemberName, reason: &str) -> ParcelError {
    ParcelError::refused(&name.to_string(), reason)
}

fn text_of(path: &Path) -> Result<Vec<u8>, ParcelError> {
    fs::read(path).map_err(ParcelError::io("read", path))
}

/// The text of a record, if it is one of a known format.
fn sealed_text(name: &MemberName, path: &Path) -> Result<Vec<u8>, ParcelError> {
    let text = text_of(path)?;
    match soundness(&text, FORMAT) {
        Soundness::Whole => Ok(text),
        Soundness::Newer => Err(ParcelError::Newer),
        Soundness::Damaged(reason) => Err(refused(name, reason)),
    }
}

type Distribution = (String, (ContentKey, PathBuf, PathBuf));

fn distribution(members: &Members, name: &MemberName, store: &Store) -> Result<Distribution, ParcelError> {
    let path = &members[name];
    let text = sealed_text(name, path)?;
    let record: DistributionRecord = record_in(&text).ok_or_else(|| refused(name, "it is no such record"))?;
    if record.key.to_string() != name.key || key_of(&record.preimage) != record.key {
        return Err(refused(name, "it is the record of something else"));
    }
    let of_archive = MemberName::new(Kind::Archive, &name.key, Part::Archive);
    let archive = members
        .get(&of_archive)
        .ok_or_else(|| refused(name, "its archive is not there"))?;
    let length = fs::metadata(archive).map_err(ParcelError::io("read", archive))?.len();
    if length != record.archive_bytes {
        return Err(refused(&of_archive, "it has another length"));
    }
    let compared = record.compare(archive, store.limits());
    compared.map_err(|unlike| refused(&of_archive, &unlike.to_string()))?;
    Ok((name.key.clone(), (record.content, path.clone(), archive.clone())))
}

fn snapshot(members: &Members, name: &MemberName) -> Result<(String, TakenSnapshot), ParcelError> {
    let key: SnapshotKey = name.key.parse().map_err(|_| refused(name, "its name is no key"))?;
    let read = |name: &MemberName, extent: Extent| {
        let path = members.get(name).ok_or_else(|| refused(name, "it is not there"))?;
        let bytes = text_of(path)?;
        if Snapshot::is_newer(&bytes) {
            return Err(ParcelError::Newer);
        }
        let snapshot = Snapshot::decode_as(bytes, key, extent);
        Ok((snapshot.map_err(|damage| refused(name, &damage.to_string()))?, path.clone()))
    };
    let of_excerpt = MemberName::new(Kind::Snapshot, &name.key, Part::Excerpt);
    let (whole, path) = read(name, Extent::Whole)?;
    let (excerpt, excerpt_path) = read(&of_excerpt, Extent::Excerpt)?;
    if whole.header.manifest != excerpt.header.manifest {
        return Err(refused(&of_excerpt, "it is that of another manifest"));
    }
    let preimages = whole.preimages().map_err(|damage| refused(name, &damage.to_string()))?;
    let keyed = whole.header.distributions.iter().zip(&preimages);
    if keyed.into_iter().any(|(one, preimage)| key_of(preimage) != one.distribution) {
        return Err(refused(name, "it names other distributions than it describes"));
    }
    let needs = whole.header.distributions.iter();
    let needs = needs.map(|one| (one.distribution.to_string(), one.content)).collect();
    let taken = TakenSnapshot {
        key,
        whole: path,
        excerpt: excerpt_path,
        needs,
    };
    Ok((name.key.clone(), taken))
}

/// The key that a record needs.
fn record(name: &MemberName, path: &Path) -> Result<String, ParcelError> {
    let text = sealed_text(name, path)?;
    let (area, needed): (Area, Option<String>) = match name.kind {
        Kind::Pin => (
            Area::Pins,
            record_in::<PinRecord>(&text).map(|record| needed(record.distribution)),
        ),
        Kind::Build => (
            Area::Builds,
            record_in::<BuildRecord>(&text).map(|record| needed(record.distribution)),
        ),
        Kind::Pip => (
            Area::Seeds,
            record_in::<PipRecord>(&text).map(|record| needed(record.distribution)),
        ),
        _ => (
            Area::Requests,
            record_in::<RequestRecord>(&text).map(|record| record.snapshot.to_string()),
        ),
    };
    match examine_record(area, &name.key, &text) {
        Soundness::Whole => needed.ok_or_else(|| refused(name, "it is no such record")),
        Soundness::Newer => Err(ParcelError::Newer),
        Soundness::Damaged(reason) => Err(refused(name, reason)),
    }
}

fn needed(key: DistributionKey) -> String {
    key.to_string()
}
