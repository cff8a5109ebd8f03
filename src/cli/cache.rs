//! `snapenv cache`

use clap::ArgMatches;
use serde_json::json;

use super::outcome::print;
use super::session::Session;
use super::warm;
use crate::environment::snapshot::Snapshot;
use crate::pipeline::PipelineError;
use crate::report::bytes;
use crate::settings::{Given, World};
use crate::store::{Spare, Store, Usage};

pub(super) fn cache(matches: &ArgMatches) -> Result<(), PipelineError> {
    match matches.subcommand() {
        Some(("warm", matches)) => return warm::warm(matches),
        Some(("info", matches)) => return info(matches),
        _ => {}
    }
    let session = Session::start(&Given::default(), World::read()?, None)?;
    // clap insists on a verb, and knows no other.
    print(&session.settings.cache_dir.display().to_string());
    Ok(())
}

/// Says what the store takes up, and what waits in it.
fn info(matches: &ArgMatches) -> Result<(), PipelineError> {
    let session = Session::start(&Given::default(), World::read()?, None)?;
    let store = session.store()?;
    let usage = store.usage();
    let spares = store.all_spares();
    let rows: Vec<Waiting> = spares
        .iter()
        .map(|spare| Waiting::of(spare, &store, session.world.now))
        .collect();
    let folder = session.settings.cache_dir.display().to_string();
    if matches.get_flag("json") {
        print(&format!("{:#}", as_json(&folder, &usage, &rows)));
    } else {
        print(&as_table(&folder, &usage, &rows));
    }
    Ok(())
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

fn as_json(folder: &str, usage: &[Usage], spares: &[Waiting]) -> serde_json::Value {
    let areas = usage
        .iter()
        .map(|usage| json!({"area": usage.area.name(), "entries": usage.entries, "bytes": usage.bytes}));
    let spares = spares.iter().map(
        |spare| json!({"snapshot": spare.snapshot, "link_mode": spare.mode, "age_seconds": spare.seconds, "files": spare.files}),
    );
    json!({
        "folder": folder,
        "bytes": usage.iter().map(|usage| usage.bytes).sum::<u64>(),
        "areas": areas.collect::<Vec<_>>(),
        "spares": spares.collect::<Vec<_>>(),
    })
}

fn as_table(folder: &str, usage: &[Usage], spares: &[Waiting]) -> String {
    let total = usage.iter().map(|usage| usage.bytes).sum();
    let mut lines = vec![folder.to_owned()];
    lines.extend(
        usage
            .iter()
            .map(|usage| format!("{:<12} {:>8} {:>10}", usage.area.name(), usage.entries, bytes(usage.bytes))),
    );
    lines.push(format!("{:<12} {:>8} {:>10}", "total", "", bytes(total)));
    for spare in spares {
        let files = spare.files.map_or_else(|| "?".to_owned(), |files| files.to_string());
        let (snapshot, minutes) = (&spare.snapshot[..12], spare.seconds / 60);
        lines.push(format!(
            "spare of {snapshot}, {}, {files} files, {} old",
            spare.mode,
            age(minutes)
        ));
    }
    lines.join("\n")
}

fn age(minutes: u64) -> String {
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}
