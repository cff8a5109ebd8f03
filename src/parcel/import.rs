//! Taking a parcel in: unpacked aside, checked, and then committed with renames, records last.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::ParcelError;
use super::name::{Kind, MemberName};
use super::read::unpack;
use super::taken::{Taken, TakenSnapshot};
use crate::environment::snapshot::{Extent, Snapshot};
use crate::key::SnapshotKey;
use crate::store::{Adopted, DistributionRecord, Store, record_in};

/// What was taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Requests.
    pub requests: usize,
    /// Snapshots.
    pub snapshots: usize,
    /// Distributions.
    pub distributions: usize,
    /// Entries of all kinds that the store had.
    pub present: usize,
    /// Bytes of what was taken in.
    pub bytes: u64,
    /// What was not taken in, and why.
    pub left_out: Vec<String>,
}

/// Takes a parcel in, which errors call `place`. Nothing of it is seen before all of it was checked.
///
/// # Errors
/// When it is not whole, or the store cannot be written; what was taken in by then is whole.
pub fn import(store: &Store, (source, place): (impl Read, &Path)) -> Result<Imported, ParcelError> {
    let staging = store.staging()?;
    let members = unpack(source, place, (staging.path(), store.limits()))?;
    let taken = Taken::check(&members, store)?;
    let mut committing = Committing {
        store,
        imported: Imported::default(),
        there: BTreeSet::new(),
    };
    for (key, (_, record, archive)) in &taken.distributions {
        committing.distribution(key, (record, archive))?;
    }
    for (key, one) in &taken.snapshots {
        committing.snapshot(key, one)?;
    }
    for (name, (path, need)) in &taken.records {
        committing.record(name, (path, need))?;
    }
    Ok(committing.imported)
}

struct Committing<'a> {
    store: &'a Store,
    imported: Imported,
    /// Keys of what can be relied on.
    there: BTreeSet<String>,
}

impl Committing<'_> {
    fn distribution(&mut self, key: &str, (record, archive): (&PathBuf, &PathBuf)) -> Result<(), ParcelError> {
        let text = read(record)?;
        let length = length(archive);
        let Some(record) = record_in::<DistributionRecord>(&text) else {
            return Err(ParcelError::refused(key, "it is no such record"));
        };
        match self.store.adopt_distribution(&record, archive)? {
            Adopted::Other => {
                let name = format!("{} {}", record.preimage.name, record.preimage.version);
                self.leave_out(format!("{name}: the store has another build of it"));
                return Ok(());
            }
            Adopted::Present => self.imported.present += 1,
            Adopted::Added => {
                self.imported.distributions += 1;
                self.imported.bytes += length + text.len() as u64;
            }
        }
        self.there.insert(key.to_owned());
        Ok(())
    }

    fn snapshot(&mut self, key: &str, one: &TakenSnapshot) -> Result<(), ParcelError> {
        if !one.needs.iter().all(|(need, _)| self.there.contains(need)) {
            self.leave_out(format!("snapshot {key}: the store has another build of what it needs"));
            return Ok(());
        }
        let (whole, excerpt) = (read(&one.whole)?, read(&one.excerpt)?);
        if self.has_sound(one.key) {
            self.imported.present += 1;
        } else {
            self.store.put_snapshot(one.key, &whole, &excerpt)?;
            self.imported.snapshots += 1;
            self.imported.bytes += (whole.len() + excerpt.len()) as u64;
        }
        self.there.insert(key.to_owned());
        Ok(())
    }

    /// Whether the store has both files of a snapshot, over contents that it has.
    fn has_sound(&self, key: SnapshotKey) -> bool {
        let read = |bytes: Option<Vec<u8>>, extent| bytes.and_then(|bytes| Snapshot::decode_as(bytes, key, extent).ok());
        let whole = read(self.store.snapshot(key), Extent::Whole);
        let complete = whole.is_some_and(|whole| {
            let preimages = whole.preimages().unwrap_or_default();
            let mut both = whole.header.distributions.iter().zip(&preimages);
            both.all(|(one, preimage)| {
                let archived = self.store.archived(one.distribution, preimage);
                archived.is_some_and(|(record, _)| record.content == one.content)
            })
        });
        complete && read(self.store.excerpt(key), Extent::Excerpt).is_some()
    }

    fn record(&mut self, name: &MemberName, (path, need): (&PathBuf, &String)) -> Result<(), ParcelError> {
        if !self.there.contains(need) {
            self.leave_out(format!("{name}: the store has another build of what it needs"));
            return Ok(());
        }
        let text = read(path)?;
        let Some(place) = self.place_of(name) else {
            return Err(ParcelError::refused(&name.to_string(), "its name is no key"));
        };
        match self.store.adopt_record(&place, &text)? {
            Adopted::Added => {
                self.imported.requests += usize::from(name.kind == Kind::Request);
                self.imported.bytes += text.len() as u64;
            }
            Adopted::Present | Adopted::Other => self.imported.present += 1,
        }
        Ok(())
    }

    fn place_of(&self, name: &MemberName) -> Option<PathBuf> {
        let (home, key) = (self.store.home(), &name.key);
        Some(match name.kind {
            Kind::Pin => home.pin(key.parse().ok()?),
            Kind::Build => home.build(key.parse().ok()?),
            Kind::Pip => home.pip(key),
            Kind::Request => home.request(key.parse().ok()?),
            Kind::Archive | Kind::Snapshot => return None,
        })
    }

    fn leave_out(&mut self, reason: String) {
        self.imported.left_out.push(reason);
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ParcelError> {
    fs::read(path).map_err(ParcelError::io("read", path))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}
