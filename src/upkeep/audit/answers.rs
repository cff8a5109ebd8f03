//! Snapshots and requests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::audit::Looked;
use super::distributions::Archived;
use super::finding::Subject;
use super::look::{Seen, look};
use crate::environment::snapshot::{Extent, Snapshot};
use crate::key::SnapshotKey;
use crate::store::{Area, Layout, RequestRecord, examine_record, record_in};
use crate::upkeep::catalogue::{Found, keyed};

/// What there is for snapshots to be made of: archives, and contents of trees.
pub(super) type Material<'a> = (&'a Archived, &'a BTreeSet<String>);

/// Looks at all snapshots; the keys of those that are whole, complete or not.
pub(super) fn snapshots(layout: &Layout, material: Material, looked: &mut Looked) -> BTreeSet<String> {
    let mut pairs: BTreeMap<String, [Option<Found>; 2]> = BTreeMap::new();
    for found in keyed(&layout.area(Area::Snapshots)) {
        let (key, at) = match found.name.split_once('.') {
            Some((key, "snapshot")) => (key.to_owned(), 0),
            Some((key, "excerpt")) => (key.to_owned(), 1),
            _ => {
                looked.unknown.push(found.path);
                continue;
            }
        };
        pairs.entry(key).or_default()[at] = Some(found);
    }
    let pairs: Vec<_> = pairs.into_iter().collect();
    let seen: Vec<_> = pairs
        .into_par_iter()
        .map(|(name, parts)| {
            let key: Option<SnapshotKey> = name.parse().ok();
            let seen = key.map(|key| {
                let paths = [layout.snapshot(key), layout.excerpt(key)];
                let seen = look(&[&paths[0], &paths[1]], &|| examine(key, &paths, material));
                let lone = seen == Seen::Gone && paths[1].exists();
                let seen = if lone {
                    Seen::Incomplete("an excerpt without its snapshot".to_owned())
                } else {
                    seen
                };
                (key, seen)
            });
            (name, parts, seen)
        })
        .collect();
    let mut whole = BTreeSet::new();
    for (name, parts, seen) in seen {
        let Some((key, seen)) = seen else {
            looked.unknown.extend(parts.into_iter().flatten().map(|found| found.path));
            continue;
        };
        if matches!(seen, Seen::Whole(_)) {
            whole.insert(name);
        }
        let path = parts.into_iter().flatten().next().map(|found| found.path);
        looked.note(&path.unwrap_or_default(), Subject::Snapshot(key), seen);
    }
    whole
}

fn examine(key: SnapshotKey, [whole, excerpt]: &[PathBuf; 2], (archived, trees): Material) -> Seen {
    let (whole, first) = match part(whole, key, Extent::Whole) {
        Ok(read) => read,
        Err(seen) => return seen,
    };
    let (excerpt, second) = match part(excerpt, key, Extent::Excerpt) {
        Ok(read) => read,
        Err(Seen::Gone) => return Seen::Damaged("its excerpt is gone".to_owned()),
        Err(Seen::Damaged(reason)) => return Seen::Damaged(format!("its excerpt: {reason}")),
        Err(seen) => return seen,
    };
    if whole.header.manifest != excerpt.header.manifest {
        return Seen::Damaged("its excerpt is that of another manifest".to_owned());
    }
    let lacking = whole
        .header
        .distributions
        .iter()
        .zip(whole.preimages().unwrap_or_default())
        .find(|(one, preimage)| {
            let here = archived.has(one.distribution, one.content) || trees.contains(&one.content.to_string());
            let elsewhere =
                |layout: &Layout| layout.archive(one.distribution, preimage).exists() || layout.tree(one.content).exists();
            !here && !archived.below.iter().any(elsewhere)
        });
    match lacking {
        Some((one, _)) => Seen::Incomplete(format!("the archive of {} {} is gone", one.name, one.version)),
        None => Seen::Whole(first + second),
    }
}

fn part(path: &Path, key: SnapshotKey, extent: Extent) -> Result<(Snapshot, u64), Seen> {
    let bytes = fs::read(path).map_err(|error| Seen::failed(&error))?;
    let length = bytes.len() as u64;
    if Snapshot::is_newer(&bytes) {
        return Err(Seen::Newer);
    }
    let snapshot = Snapshot::decode_as(bytes, key, extent).map_err(|damage| Seen::Damaged(damage.to_string()))?;
    Ok((snapshot, length))
}

/// Looks at all request records.
pub(super) fn requests(layout: &Layout, (snapshots, below): (&BTreeSet<String>, &[Layout]), looked: &mut Looked) {
    let seen: Vec<_> = keyed(&layout.area(Area::Requests))
        .into_par_iter()
        .map(|found| {
            let stem = found.name.strip_suffix(".json").map(str::to_owned);
            let seen = stem.map(|stem| look(&[&found.path], &|| examine_request(&found.path, &stem, (snapshots, below))));
            (found.path, seen)
        })
        .collect();
    for (path, seen) in seen {
        match seen {
            Some(seen) => looked.note(&path, Subject::File(Area::Requests), seen),
            None => looked.unknown.push(path),
        }
    }
}

fn examine_request(path: &Path, stem: &str, (snapshots, below): (&BTreeSet<String>, &[Layout])) -> Seen {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) => return Seen::failed(&error),
    };
    let seen = Seen::of(examine_record(Area::Requests, stem, &text), text.len() as u64);
    let snapshot = record_in::<RequestRecord>(&text).map(|record| record.snapshot);
    match (&seen, snapshot) {
        (Seen::Whole(_), Some(snapshot))
            if !snapshots.contains(&snapshot.to_string()) && !below.iter().any(|layout| layout.snapshot(snapshot).exists()) =>
        {
            Seen::Incomplete(format!("its snapshot {snapshot} is gone, or no good"))
        }
        _ => seen,
    }
}
