//! Archives and their records.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::audit::Looked;
use super::finding::Subject;
use super::look::{Seen, look};
use crate::archive::ArchiveError;
use crate::fs::{Limits, Soundness, soundness};
use crate::key::{ContentKey, DistributionKey, key_of};
use crate::store::{ArchivePart, Area, DistributionRecord, Layout, Unlike, record_in};
use crate::upkeep::catalogue::{Found, list};

/// The format of records that this version knows.
const FORMAT: u32 = 1;

/// What is known of the distributions of a store.
#[derive(Debug, Default)]
pub(super) struct Archived {
    /// The stores that are read below the one that is looked at, by their folders: what is needed may be there.
    pub(super) below: Vec<Layout>,
    /// Contents of whole archives, by the keys of their distributions, and where their records are.
    pub(super) contents: BTreeMap<String, (ContentKey, PathBuf)>,
}

impl Archived {
    /// Whether a snapshot's distribution can be had of an archive.
    pub(super) fn has(&self, key: DistributionKey, content: ContentKey) -> bool {
        self.contents
            .get(&key.to_string())
            .is_some_and(|(found, _)| *found == content)
    }

    pub(super) fn is_there(&self, key: DistributionKey) -> bool {
        self.contents.contains_key(&key.to_string())
    }
}

/// Files beside each other: record and archive.
type Pair = (DistributionKey, [Option<Found>; 2], PathBuf);

pub(super) fn distributions(layout: &Layout, looked: &mut Looked) -> Archived {
    let projects = list(&layout.area(Area::Archives));
    let versions: Vec<Found> = projects
        .into_par_iter()
        .flat_map_iter(|project| list(&project.path))
        .collect();
    let read: Vec<(Vec<Pair>, Vec<PathBuf>)> = versions.par_iter().map(pairs).collect();
    let mut archived = Archived::default();
    let (pairs, strangers): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    looked.unknown.extend(strangers.into_iter().flatten());
    let seen: Vec<_> = pairs
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|(key, parts, folder)| {
            let (subject, record, archive) = subject_of(key, &parts, &folder);
            let (seen, content) = examine_distribution(key, &record, &archive);
            (key, subject, record, seen, content)
        })
        .collect();
    for (key, subject, record, seen, content) in seen {
        if let (Seen::Whole(_), Some(content)) = (&seen, content) {
            archived.contents.insert(key.to_string(), (content, record.clone()));
        }
        looked.note(&record, subject, seen);
    }
    archived
}

fn pairs(version: &Found) -> (Vec<Pair>, Vec<PathBuf>) {
    let mut pairs: BTreeMap<(String, String), [Option<Found>; 2]> = BTreeMap::new();
    let mut strangers = Vec::new();
    for found in list(&version.path) {
        match Layout::archive_name(&found.name) {
            Some((tags, key, part)) => {
                let pair = pairs.entry((tags.to_owned(), key.to_string())).or_default();
                pair[usize::from(part == ArchivePart::Archive)] = Some(found);
            }
            None => strangers.push(found.path),
        }
    }
    let pairs = pairs.into_iter().filter_map(|((_, key), parts)| {
        let folder = version.path.clone();
        Some((key.parse().ok()?, parts, folder))
    });
    (pairs.collect(), strangers)
}

fn subject_of(key: DistributionKey, [record, archive]: &[Option<Found>; 2], folder: &Path) -> (Subject, PathBuf, PathBuf) {
    let name = |found: &Found, from: &str, to: &str| folder.join(found.name.replace(from, to));
    let (record, archive) = match (record, archive) {
        (Some(record), Some(archive)) => (record.path.clone(), archive.path.clone()),
        (Some(record), None) => (record.path.clone(), name(record, ".json", ".tar.gz")),
        (None, Some(archive)) => (name(archive, ".tar.gz", ".json"), archive.path.clone()),
        (None, None) => (folder.to_owned(), folder.to_owned()),
    };
    let subject = Subject::Distribution {
        key,
        record: record.clone(),
        archive: archive.clone(),
    };
    (subject, record, archive)
}

/// Looks at an archive and its record, and says which content they have if they are whole.
pub fn examine_distribution(key: DistributionKey, record: &Path, archive: &Path) -> (Seen, Option<ContentKey>) {
    let content = std::sync::Mutex::new(None);
    let seen = look(&[record, archive], &|| {
        let (seen, found) = examine(key, record, archive);
        if let Ok(mut content) = content.lock() {
            *content = found;
        }
        seen
    });
    let content = content.into_inner().unwrap_or_default();
    let lone = matches!(seen, Seen::Gone) && archive.exists();
    // Its record was taken first, or is yet to come.
    let seen = if lone {
        Seen::Incomplete("it has no record".to_owned())
    } else {
        seen
    };
    (seen, content)
}

fn examine(key: DistributionKey, record: &Path, archive: &Path) -> (Seen, Option<ContentKey>) {
    let text = match fs::read(record) {
        Ok(text) => text,
        Err(error) => return (Seen::failed(&error), None),
    };
    match soundness(&text, FORMAT) {
        Soundness::Whole => {}
        other => return (Seen::of(other, 0), None),
    }
    let damaged = |reason: &str| (Seen::Damaged(reason.to_owned()), None);
    let Some(parsed) = record_in::<DistributionRecord>(&text) else {
        return damaged("its record is no such record");
    };
    if parsed.key != key || key_of(&parsed.preimage) != key {
        return damaged("its record is that of something else");
    }
    let length = match fs::metadata(archive) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return damaged("its archive is gone"),
        Err(error) => return (Seen::failed(&error), None),
    };
    if length != parsed.archive_bytes {
        return damaged("its archive has another length");
    }
    match parsed.compare(archive, Limits::default()) {
        Ok(()) => (Seen::Whole(length + text.len() as u64), Some(parsed.content)),
        Err(Unlike::Archive(ArchiveError::Io { source, .. })) => (Seen::failed(&source), None),
        Err(unlike) => (Seen::Damaged(unlike.to_string()), None),
    }
}
