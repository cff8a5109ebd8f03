//! Archives and their records.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::entry::{DistributionName, Entry, Name};
use super::shelf::{Found, list};
use crate::key::{ContentKey, DistributionKey};
use crate::store::{ArchivePart, DistributionHead, Head, Layout};
use crate::upkeep::retention::{Kind, Standing};

/// A distribution: what there is of an archive and its record.
#[derive(Debug)]
pub(super) struct Distribution {
    pub(super) entry: Entry,
    pub(super) key: DistributionKey,
    pub(super) content: Option<ContentKey>,
    pub(super) kind: Kind,
    pub(super) used: u64,
    pub(super) standing: Standing,
    /// Bytes on disk of its tree, if its record says so.
    pub(super) tree_bytes: Option<u64>,
}

/// All distributions of a folder of archives.
pub(super) fn distributions(archives: &Path) -> Vec<Distribution> {
    let projects = list(archives);
    projects
        .into_par_iter()
        .flat_map_iter(|project| {
            let versions = list(&project.path).into_iter();
            versions.flat_map(move |version| of_version(&project.name, &version))
        })
        .collect()
}

fn of_version(project: &str, version: &Found) -> Vec<Distribution> {
    let mut pairs: BTreeMap<String, [Option<Found>; 2]> = BTreeMap::new();
    for found in list(&version.path) {
        let Some((_, _, part)) = Layout::archive_name(&found.name) else {
            continue;
        };
        let at = match part {
            ArchivePart::Record => 0,
            ArchivePart::Archive => 1,
        };
        let suffix = [".json", ".tar.gz"][at];
        let stem = found.name.strip_suffix(suffix).unwrap_or(&found.name).to_owned();
        pairs.entry(stem).or_default()[at] = Some(found);
    }
    let whole = pairs.into_values().filter_map(|[record, archive]| {
        let (tags, key, _) = Layout::archive_name(&record.as_ref().or(archive.as_ref())?.name)?;
        let name = DistributionName {
            project: project.to_owned(),
            version: version.name.clone(),
            tags: tags.to_owned(),
            key,
            content: None,
            seconds: 0.0,
        };
        distribution(name, record, archive)
    });
    whole.collect()
}

fn distribution(mut name: DistributionName, record: Option<Found>, archive: Option<Found>) -> Option<Distribution> {
    let head = record
        .as_ref()
        .and_then(|record| Head::<DistributionHead>::read(&record.path).ok());
    let archived = archive.as_ref().map(|archive| archive.metadata.len());
    let (kind, standing, tree_bytes) = match head {
        Some(Head::Read(head)) => {
            name.content = Some(head.content);
            name.seconds = head.seconds;
            let kind = match &head.source {
                source if source.is_folder() => Kind::Project,
                source if source.built => Kind::Built,
                _ => Kind::Downloaded,
            };
            let whole = name.key == head.key && archived == Some(head.archive_bytes);
            let standing = if whole { Standing::Free } else { Standing::Broken };
            (kind, standing, head.tree_bytes)
        }
        Some(Head::Newer) => (Kind::Downloaded, Standing::Held, None),
        Some(Head::Damaged) | None => (Kind::Downloaded, Standing::Broken, None),
    };
    let parts: Vec<Found> = record.into_iter().chain(archive).collect();
    let (key, content) = (name.key, name.content);
    let entry = Entry {
        name: Name::Distribution(Box::new(name)),
        modified: parts.first()?.modified(),
        bytes: parts.iter().map(Found::bytes).sum(),
        paths: parts.iter().map(|part| part.path.clone()).collect(),
    };
    Some(Distribution {
        used: parts.iter().map(Found::written).max()?,
        entry,
        key,
        content,
        kind,
        standing,
        tree_bytes,
    })
}
