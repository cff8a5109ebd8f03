//! `snapenv cache list`

use clap::ArgMatches;
use serde_json::json;

use super::pattern::Pattern;
use super::verbs::{one_at_most, session};
use crate::cli::outcome::print;
use crate::pipeline::PipelineError;
use crate::report::bytes;
use crate::upkeep::Tenants;
use crate::upkeep::catalogue::{Catalogue, DistributionName, Entry, Name};

/// Lists the distributions that the store has.
pub(super) fn list(matches: &ArgMatches) -> Result<(), PipelineError> {
    let session = session()?;
    let pattern = one_at_most(matches)?.map(Pattern::new);
    let store = session.store()?;
    let now = session.world.now;
    let catalogue = Catalogue::read(&store, &Tenants::of(&store, now).living, now);
    let mut found: Vec<(&DistributionName, &Entry)> = catalogue
        .entries
        .iter()
        .filter_map(|entry| match &entry.name {
            Name::Distribution(name) => Some((name.as_ref(), entry)),
            _ => None,
        })
        .filter(|(name, _)| {
            pattern
                .as_ref()
                .is_none_or(|pattern| pattern.fits(&name.project, &name.version))
        })
        .collect();
    found.sort_by_key(|(name, _)| (&name.project, &name.version, &name.tags));
    match matches.get_one::<String>("format").map(String::as_str) {
        Some("abspath") => found
            .iter()
            .filter_map(|(_, entry)| entry.paths.last())
            .for_each(|path| print(&path.display().to_string())),
        Some("json") => print(&format!("{:#}", as_json(&found))),
        _ if found.is_empty() => print("No distributions in the store."),
        _ => {
            print("Store contents:\n");
            for (name, entry) in found {
                let DistributionName {
                    project, version, tags, ..
                } = name;
                print(&format!(" - {project} {version} ({tags}, {})", bytes(entry.bytes)));
            }
        }
    }
    Ok(())
}

fn as_json(found: &[(&DistributionName, &Entry)]) -> serde_json::Value {
    let rows = found.iter().map(|(name, entry)| {
        json!({
            "name": name.project,
            "version": name.version,
            "tags": name.tags,
            "key": name.key,
            "content": name.content,
            "bytes": entry.bytes,
            "seconds": name.seconds,
            "archive": entry.paths.last(),
        })
    });
    rows.collect()
}
