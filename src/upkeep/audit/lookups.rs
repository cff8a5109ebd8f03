//! What stands by itself: downloads, what indexes and builds said, facts, leases, and the small files at the top.

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::audit::Looked;
use super::distributions::Archived;
use super::finding::Subject;
use super::look::{Seen, look};
use crate::fs::Soundness;
use crate::index::metadata::metadata_soundness;
use crate::index::simple::page_soundness;
use crate::interpreter::facts_soundness;
use crate::key::Sha256;
use crate::store::{Area, Layout, PipRecord, examine_measured, examine_record, record_in};
use crate::upkeep::catalogue::{Found, keyed, list};

/// How the names of files of an area end, and whether they are in folders by the beginning of their keys.
const AREAS: [(Area, &str, bool); 8] = [
    (Area::Pins, ".json", true),
    (Area::Builds, ".json", true),
    (Area::Families, ".json", true),
    (Area::Pages, ".page", true),
    (Area::Metadata, ".json", true),
    (Area::Roots, ".json", true),
    (Area::Interpreters, ".json", false),
    (Area::Seeds, ".json", false),
];

pub(super) fn lookups(layout: &Layout, archived: &Archived, looked: &mut Looked) {
    for (area, suffix, grouped) in AREAS {
        let folder = layout.area(area);
        let found = if grouped { keyed(&folder) } else { list(&folder) };
        let seen: Vec<_> = found
            .into_par_iter()
            .map(|found| {
                let stem = found.name.strip_suffix(suffix).map(str::to_owned);
                let seen = stem.map(|stem| look(&[&found.path], &|| examine(area, &found.path, &stem, archived)));
                (found, seen)
            })
            .collect();
        for (found, seen) in seen {
            match seen {
                Some(seen) => looked.note(&found.path, Subject::File(area), seen),
                // Facts are written beside the others.
                None if area == Area::Interpreters && found.name.starts_with(".facts-") => {}
                None => looked.unknown.push(found.path),
            }
        }
    }
}

fn examine(area: Area, path: &Path, stem: &str, archived: &Archived) -> Seen {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) => return Seen::failed(&error),
    };
    let soundness = match (area, stem.strip_suffix(".prepared")) {
        (Area::Pages, _) => page_soundness(&text),
        (Area::Interpreters, _) => facts_soundness(&text),
        (Area::Metadata, None) => metadata_soundness(&text),
        (Area::Metadata, Some(stem)) => examine_record(area, stem, &text),
        _ => examine_record(area, stem, &text),
    };
    let lost = |record: PipRecord| {
        let elsewhere = |layout: &Layout| layout.record(record.distribution, &record.preimage).exists();
        !archived.is_there(record.distribution) && !archived.below.iter().any(elsewhere)
    };
    if area == Area::Seeds && soundness == Soundness::Whole && record_in(&text).is_some_and(lost) {
        return Seen::Incomplete("the archive of that pip is gone, or no good".to_owned());
    }
    Seen::of(soundness, text.len() as u64)
}

/// Downloads: their folders are named by their digests.
pub(super) fn sources(layout: &Layout, looked: &mut Looked) {
    let folders = keyed(&layout.area(Area::Sources));
    let files: Vec<(Found, Option<Sha256>)> = folders
        .into_par_iter()
        .flat_map_iter(|folder| {
            let digest = folder.name.parse().ok();
            list(&folder.path).into_iter().map(move |file| (file, digest))
        })
        .collect();
    let seen: Vec<_> = files
        .into_par_iter()
        .map(|(file, digest)| {
            let seen = digest.map(|digest| look(&[&file.path], &|| source(&file.path, digest)));
            (file.path, seen)
        })
        .collect();
    for (path, seen) in seen {
        match seen {
            Some(seen) => looked.note(&path, Subject::File(Area::Sources), seen),
            None => looked.unknown.push(path),
        }
    }
}

fn source(path: &Path, digest: Sha256) -> Seen {
    match fs::read(path) {
        Err(error) => Seen::failed(&error),
        Ok(content) if Sha256::of(&content) == digest => Seen::Whole(content.len() as u64),
        Ok(content) if content.is_empty() => Seen::Damaged("it is empty".to_owned()),
        Ok(_) => Seen::Damaged("its digest is another".to_owned()),
    }
}

/// What lies in the store's own folder: names that are nobody's, and what is remembered of its size.
pub(super) fn top(layout: &Layout, looked: &mut Looked) {
    let folder = layout.area(Area::Requests);
    let Some(version) = folder.parent() else { return };
    let areas = Area::ALL.iter().map(|area| area.name().split('/').next().unwrap_or_default());
    let known: Vec<&str> = areas.chain(["tmp", "trash", "locks", "runs.log", "runs.log.1"]).collect();
    for found in list(version) {
        if found.path == layout.measured() {
            let seen = look(&[&found.path], &|| match fs::read(&found.path) {
                Ok(text) => Seen::of(examine_measured(&text), text.len() as u64),
                Err(error) => Seen::failed(&error),
            });
            // It is written anew by whoever measures the next time.
            if let Seen::Damaged(_) | Seen::Newer = seen {
                looked.note(&found.path, Subject::File(Area::Roots), seen);
            }
        } else if !known.contains(&found.name.as_str()) {
            looked.unknown.push(found.path);
        }
    }
    let index = list(&version.join("index"));
    let indexes = ["pins", "builds", "families", "pages", "pip"];
    let strangers = index.into_iter().filter(|found| !indexes.contains(&found.name.as_str()));
    looked.unknown.extend(strangers.map(|found| found.path));
}
