//! Writing what was planned.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::error::ParcelError;
use super::manifest::{FORMAT, Preface};
use super::name::{Kind, MemberName, Part};
use super::plan::Plan;
use super::write::Writer;
use crate::store::{Store, record_text};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Requests.
    pub requests: usize,
    /// Snapshots.
    pub snapshots: usize,
    /// Distributions.
    pub distributions: usize,
    /// Members of the file.
    pub members: usize,
    /// Bytes of all members.
    pub bytes: u64,
    /// What was left out, and why.
    pub left_out: Vec<String>,
}

/// Writes a parcel to `target`, which errors call `place`. What vanished since it was planned is left out, with all that needs it.
///
/// # Errors
/// When it cannot be written.
pub fn export<W: Write>(store: &Store, plan: &Plan, (target, place): (W, &Path)) -> Result<(W, Exported), ParcelError> {
    let preface = Preface {
        format: FORMAT,
        program: concat!("snapenv ", env!("CARGO_PKG_VERSION")).to_owned(),
        interpreters: plan.interpreters(),
    };
    let mut writer = Writer::new(target, place, &preface)?;
    // Keys of what is in the parcel.
    let mut there: BTreeSet<&str> = BTreeSet::new();
    let mut left_out = plan.left_out.clone();
    for (key, (distribution, preimage)) in &plan.distributions {
        match store.archived(*distribution, preimage) {
            Some((record, archive)) => {
                // Whoever has it open keeps it.
                if let Ok(file) = File::open(&archive)
                    && file.metadata().is_ok_and(|found| found.len() == record.archive_bytes)
                {
                    let name = |part| MemberName::new(Kind::Archive, key, part);
                    writer.add(&name(Part::Archive), record.archive_bytes, file)?;
                    let text = record_text(&record)
                        .map_err(|error| ParcelError::refused(&name(Part::Record).to_string(), &error.to_string()))?;
                    writer.add(&name(Part::Record), text.len() as u64, text.as_slice())?;
                    there.insert(key);
                }
            }
            None => left_out.push(format!("{} {}: it is gone", preimage.name, preimage.version)),
        }
    }
    let distributions = there.len();
    for (key, (snapshot, needs)) in &plan.snapshots {
        let complete = needs.iter().all(|need| there.contains(need.as_str()));
        let files = store.excerpt(*snapshot).zip(store.snapshot(*snapshot));
        let Some((excerpt, whole)) = files.filter(|_| complete) else {
            left_out.push(format!("snapshot {key}: what it needs is gone"));
            continue;
        };
        for (part, bytes) in [(Part::Excerpt, excerpt), (Part::Whole, whole)] {
            let name = MemberName::new(Kind::Snapshot, key, part);
            writer.add(&name, bytes.len() as u64, bytes.as_slice())?;
        }
        there.insert(key);
    }
    let snapshots = there.len() - distributions;
    let mut requests = 0;
    for (name, (path, need)) in &plan.records {
        let text = fs::read(path).ok().filter(|_| there.contains(need.as_str()));
        match text {
            Some(text) => {
                writer.add(name, text.len() as u64, text.as_slice())?;
                requests += usize::from(name.kind == Kind::Request);
            }
            None => left_out.push(format!("{name}: what it needs is gone")),
        }
    }
    let (target, members, bytes) = writer.finish()?;
    let exported = Exported {
        requests,
        snapshots,
        distributions,
        members,
        bytes,
        left_out,
    };
    Ok((target, exported))
}
