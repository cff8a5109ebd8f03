//! What stands by itself: downloads, and what indexes, wheels and builds said; and the pips of interpreters, which need their archives.

use rayon::prelude::*;

use super::draft::Facts;
use super::entry::{Entry, Name};
use super::shelf::{Found, keyed, list};
use crate::fs::own_bytes;
use crate::key::DistributionKey;
use crate::store::{Area, Head, Layout, SeedHead};
use crate::upkeep::retention::{Kind, Standing};

/// What lay in quarantine for so long is not looked at any more, in seconds.
const QUARANTINE: u64 = 7 * 86_400;

/// Downloads and answers, and what was found changed.
pub(super) fn files(layout: &Layout, now: u64) -> Vec<(Entry, Facts)> {
    let sources = keyed(&layout.area(Area::Sources));
    let sources = sources.into_par_iter().flat_map_iter(|digest| {
        let files = list(&digest.path).into_iter();
        files.map(|file| one(Area::Sources, Kind::Source, &file))
    });
    let lookups = [
        (Area::Pages, true),
        (Area::Pins, true),
        (Area::Builds, true),
        (Area::Families, true),
        (Area::Metadata, true),
        (Area::Interpreters, false),
    ];
    let lookups = lookups.into_par_iter().flat_map_iter(|(area, grouped)| {
        let folder = layout.area(area);
        let found = if grouped { keyed(&folder) } else { list(&folder) };
        found.into_iter().map(move |found| one(area, Kind::Lookup, &found))
    });
    let quarantine = list(&layout.area(Area::Quarantine)).into_par_iter().map(|found| {
        let bytes = own_bytes(&found.path);
        let (entry, facts) = one(Area::Quarantine, Kind::Lookup, &found);
        let forgotten = now.saturating_sub(found.written()) > QUARANTINE;
        let standing = if forgotten { Standing::Broken } else { Standing::Free };
        let used = found.written();
        (
            Entry { bytes, ..entry },
            Facts {
                own: bytes,
                standing,
                used,
                ..facts
            },
        )
    });
    sources.chain(lookups).chain(quarantine).collect()
}

fn one(area: Area, kind: Kind, found: &Found) -> (Entry, Facts) {
    let entry = Entry {
        name: Name::File(area, found.name.clone()),
        paths: vec![found.path.clone()],
        modified: found.modified(),
        bytes: found.bytes(),
    };
    let facts = Facts {
        kind,
        used: found.touched(),
        needs: Vec::new(),
        own: found.bytes(),
        holds: Vec::new(),
        standing: Standing::Free,
    };
    (entry, facts)
}

/// The pips of interpreters, and their distributions; of one that cannot be read nothing is said.
pub(super) fn seeds(layout: &Layout) -> Vec<(Entry, Facts, Option<DistributionKey>)> {
    let found = list(&layout.area(Area::Seeds));
    let seeds = found.iter().map(|found| {
        let (entry, facts) = one(Area::Seeds, Kind::Seed, found);
        let (standing, distribution) = match Head::<SeedHead>::read(&found.path) {
            Ok(Head::Read(head)) => (Standing::Free, Some(head.distribution)),
            Ok(Head::Newer) => (Standing::Held, None),
            _ => (Standing::Broken, None),
        };
        (entry, Facts { standing, ..facts }, distribution)
    });
    seeds.collect()
}
