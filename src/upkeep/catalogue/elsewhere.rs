//! What stands in the stores that are read below the one that is looked through (`docs/sharing.md`).

use std::cell::OnceCell;
use std::collections::HashSet;

use rayon::prelude::*;

use super::shelf::names;
use crate::key::{DistributionKey, SnapshotKey};
use crate::store::{ArchivePart, Area, Layout, Store};

/// What stands in other stores; looked for when it is first asked for, since most stores are alone.
#[derive(Debug)]
pub(super) struct Elsewhere<'a> {
    layouts: Vec<&'a Layout>,
    distributions: OnceCell<HashSet<DistributionKey>>,
}

impl<'a> Elsewhere<'a> {
    /// What stands in those that are read, but not in the one that lasts.
    pub(super) fn of(store: &'a Store) -> Self {
        Self {
            layouts: store.layouts().filter(|layout| *layout != store.lasting()).collect(),
            distributions: OnceCell::new(),
        }
    }

    /// Whether there is a record of a distribution, by its name.
    pub(super) fn has_distribution(&self, key: DistributionKey) -> bool {
        !self.layouts.is_empty() && self.distributions.get_or_init(|| self.recorded()).contains(&key)
    }

    /// Whether there is a snapshot.
    pub(super) fn has_snapshot(&self, key: SnapshotKey) -> bool {
        self.layouts.iter().any(|layout| layout.snapshot(key).exists())
    }

    fn recorded(&self) -> HashSet<DistributionKey> {
        let archives = self.layouts.par_iter().map(|layout| layout.area(Area::Archives));
        let projects = archives.flat_map_iter(|area| names(&area).into_iter().map(move |project| area.join(project)));
        let keys = projects.flat_map_iter(|project| {
            let versions = names(&project).into_iter().map(move |version| project.join(version));
            versions.flat_map(|version| names(&version)).filter_map(|name| {
                let (_, key, part) = Layout::archive_name(&name)?;
                (part == ArchivePart::Record).then_some(key)
            })
        });
        keys.collect()
    }
}
