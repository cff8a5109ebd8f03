//! `snapenv cache info`

use std::collections::BTreeMap;

use clap::ArgMatches;
use serde_json::{Value, json};

use super::age::age;
use super::verbs::{none, session};
use crate::cli::below::{Below, below};
use crate::cli::outcome::print;
use crate::environment::snapshot::Snapshot;
use crate::pipeline::PipelineError;
use crate::report::{bytes, counted};
use crate::store::{Area, Outcome, Run, Spare, Store};
use crate::upkeep::Tenants;
use crate::upkeep::catalogue::{Catalogue, DistributionName, Entry, Name};
use crate::upkeep::retention::{Policy, decide};

/// As many of the largest and of the oldest are named.
const NAMED: usize = 5;

/// Letters of the longest bar.
const BAR: u64 = 30;

/// Says what the store takes up and is worth, and what waits in it.
pub(super) fn info(matches: &ArgMatches) -> Result<(), PipelineError> {
    none(matches)?;
    let session = session()?;
    let store = session.store()?;
    let now = session.world.now;
    let tenants = Tenants::of(&store, now);
    let catalogue = Catalogue::read(&store, &tenants.living, now);
    let books = Books {
        folder: session.settings.cache_dir.display().to_string(),
        below: below(&session, &store),
        limit: session.settings.max_size,
        used: decide(&catalogue.stock, &Policy::garbage(now)).used,
        runs: store.runs(),
        spares: store
            .all_spares()
            .iter()
            .map(|spare| Waiting::of(spare, &store, now))
            .collect(),
        environments: tenants.living.len(),
        catalogue,
        now,
    };
    if matches.get_flag("json") {
        print(&format!("{:#}", books.as_json()));
    } else {
        print(&books.as_table());
    }
    Ok(())
}

/// All that is known of a store.
struct Books<'a> {
    folder: String,
    below: Vec<Below<'a>>,
    limit: Option<u64>,
    catalogue: Catalogue,
    /// When each entry was last used.
    used: Vec<u64>,
    runs: Vec<Run>,
    spares: Vec<Waiting>,
    environments: usize,
    now: u64,
}

/// A spare, as it is listed.
struct Waiting {
    snapshot: String,
    mode: String,
    seconds: u64,
    /// Unknown where the snapshot is gone.
    files: Option<u64>,
}

impl Waiting {
    fn of(spare: &Spare, store: &Store, now: u64) -> Self {
        let excerpt = store.excerpt(spare.kind.snapshot).map(Snapshot::decode);
        Self {
            snapshot: spare.kind.snapshot.to_string(),
            mode: spare.kind.mode.to_string(),
            seconds: spare.age(now).as_secs(),
            files: excerpt.and_then(Result::ok).map(|excerpt| excerpt.header.files),
        }
    }
}

/// A distribution with its entry, and when it was last used.
type Row<'a> = (&'a DistributionName, &'a Entry, u64);

impl Books<'_> {
    /// Entries and bytes of each area; what a tree shares with others is counted to the tree.
    fn areas(&self) -> Vec<(Area, u64, u64)> {
        let mut areas: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (entry, item) in self.catalogue.entries.iter().zip(&self.catalogue.stock.items) {
            let (count, sum) = areas.entry(entry.name.area().name()).or_default();
            *count += 1;
            *sum += match entry.name {
                Name::Tree(_) => entry.bytes,
                _ => item.own,
            };
        }
        let of = |area: Area| areas.get(area.name()).copied().unwrap_or_default();
        Area::ALL.iter().map(|area| (*area, of(*area).0, of(*area).1)).collect()
    }

    fn distributions(&self) -> Vec<Row<'_>> {
        let entries = self.catalogue.entries.iter().zip(&self.used);
        let named = entries.filter_map(|(entry, used)| match &entry.name {
            Name::Distribution(name) => Some((name.as_ref(), entry, *used)),
            _ => None,
        });
        named.collect()
    }

    fn largest(&self) -> Vec<Row<'_>> {
        let mut rows = self.distributions();
        rows.sort_by_key(|(_, entry, _)| std::cmp::Reverse(entry.bytes));
        rows.truncate(NAMED);
        rows
    }

    fn oldest(&self) -> Vec<Row<'_>> {
        let mut rows = self.distributions();
        rows.sort_by_key(|(_, _, used)| *used);
        rows.truncate(NAMED);
        rows
    }

    fn hits(&self) -> usize {
        self.runs.iter().filter(|run| run.outcome == Outcome::Hit).count()
    }

    fn saved(&self) -> u64 {
        self.runs.iter().map(Run::saved).sum()
    }

    fn as_json(&self) -> Value {
        let row = |(name, entry, used): &Row| json!({"name": name.project, "version": name.version, "tags": name.tags, "bytes": entry.bytes, "used": used});
        let areas = self
            .areas()
            .into_iter()
            .map(|(area, entries, bytes)| json!({"area": area.name(), "entries": entries, "bytes": bytes}));
        let spares = self.spares.iter().map(|spare| {
            json!({"snapshot": spare.snapshot, "link_mode": spare.mode, "age_seconds": spare.seconds, "files": spare.files})
        });
        json!({
            "folder": self.folder,
            "read_stores": self.below,
            "bytes": self.catalogue.stock.bytes(),
            "max_size": self.limit,
            "areas": areas.collect::<Vec<_>>(),
            "runs": {
                "count": self.runs.len(),
                "hits": self.hits(),
                "saved_seconds": self.saved() / 1000,
                "since": self.runs.first().map(|run| run.at),
            },
            "largest": self.largest().iter().map(row).collect::<Vec<_>>(),
            "oldest": self.oldest().iter().map(row).collect::<Vec<_>>(),
            "layered_environments": self.environments,
            "spares": spares.collect::<Vec<_>>(),
        })
    }

    fn as_table(&self) -> String {
        let mut lines = vec![format!("{:<14} {}", "store", self.folder)];
        let below = self.below.iter();
        lines.extend(below.map(|one| format!("{:<14} {} ({})", "read store", one.folder.display(), one.state.words())));
        self.tell_areas(&mut lines);
        if let Some(first) = self.runs.first() {
            let (hits, since) = (self.hits(), age(self.now.saturating_sub(first.at)));
            let share = hits * 100 / self.runs.len();
            let (hits, saved) = (counted(hits, "hit", "hits"), took(self.saved()));
            let said = format!("{hits} ({share} %) within {since}, which saved {saved}");
            lines.push(line(["runs", &self.runs.len().to_string(), "", &said]));
        }
        if self.environments > 0 {
            let said = "layered, which need the store";
            lines.push(line(["environments", &self.environments.to_string(), "", said]));
        }
        self.tell_distributions(&mut lines);
        lines.extend(self.spares.iter().map(|spare| {
            let files = spare.files.map_or_else(|| "?".to_owned(), |files| files.to_string());
            let said = format!("of {}, {}, {files} files", &spare.snapshot[..12], spare.mode);
            line(["spare", &age(spare.seconds), "", &said])
        }));
        lines.join("\n")
    }

    fn tell_areas(&self, lines: &mut Vec<String>) {
        let areas: Vec<_> = self.areas().into_iter().filter(|(_, entries, _)| *entries > 0).collect();
        let most = areas.iter().map(|(_, _, bytes)| *bytes).max().unwrap_or_default().max(1);
        lines.push(line(["area", "entries", "size", ""]));
        lines.extend(areas.iter().map(|(area, entries, sum)| {
            // Rounded up: what is there can be seen.
            let length = usize::try_from((sum * BAR).div_ceil(most)).unwrap_or_default();
            line([area.name(), &entries.to_string(), &bytes(*sum), &"#".repeat(length)])
        }));
        let limit = self.limit.map(|limit| format!("of {} at most", bytes(limit)));
        let total = bytes(self.catalogue.stock.bytes());
        lines.push(line(["total", "", &total, &limit.unwrap_or_default()]));
    }

    fn tell_distributions(&self, lines: &mut Vec<String>) {
        let titled = [("largest", self.largest()), ("oldest", self.oldest())];
        if !titled[0].1.is_empty() {
            lines.push(line(["", "used ago", "size", "distribution"]));
        }
        for (title, rows) in titled {
            lines.extend(rows.iter().map(|(name, entry, used)| {
                let idle = age(self.now.saturating_sub(*used));
                let said = format!("{} {} ({})", name.project, name.version, name.tags);
                line([title, &idle, &bytes(entry.bytes), &said])
            }));
        }
    }
}

/// A line of the table: what it is about, a number or an age, a size, and words.
fn line([title, number, size, words]: [&str; 4]) -> String {
    format!("{title:<14} {number:>8} {size:>10}  {words}").trim_end().to_owned()
}

/// What a time of many runs amounts to.
fn took(milliseconds: u64) -> String {
    match milliseconds {
        ..120_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => age(milliseconds / 1000),
    }
}
