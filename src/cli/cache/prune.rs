//! `snapenv cache prune`

use std::collections::BTreeMap;
use std::time::Duration;

use clap::ArgMatches;
use serde_json::json;

use super::age::age;
use super::verbs::session;
use crate::cli::outcome::print;
use crate::cli::session::Session;
use crate::pipeline::PipelineError;
use crate::pipeline::upkeep::{Mode, Tidied, tidy};
use crate::report::{bytes, counted};
use crate::settings::{InvalidAge, SettingsError, parse_age, parse_size};
use crate::upkeep::retention::{GRACE, Policy, Reason, Scope};

/// As many of what goes are named, the largest first; the others are counted.
const NAMED: usize = 20;

/// Removes what need not be kept.
pub(in crate::cli) fn prune(matches: &ArgMatches) -> Result<(), PipelineError> {
    let session = session()?;
    let policy = policy(matches, &session)?;
    let store = session.store()?;
    let mode = if matches.get_flag("dry-run") { Mode::Dry } else { Mode::Real };
    let tidied = tidy(&store, &policy, mode)?;
    if matches.get_flag("json") {
        print(&format!("{:#}", as_json(&tidied)));
    } else {
        tell(&tidied, policy.now);
    }
    Ok(())
}

fn policy(matches: &ArgMatches, session: &Session) -> Result<Policy, SettingsError> {
    let age = |name: &str| -> Result<Option<Duration>, InvalidAge> {
        matches.get_one::<String>(name).map(|text| parse_age(text)).transpose()
    };
    let size = matches.get_one::<String>("max-size").map(|text| {
        parse_size(text).map_err(|source| SettingsError::Size {
            option: "--max-size",
            source,
        })
    });
    Ok(Policy {
        now: session.world.now,
        grace: age("grace")?.unwrap_or(GRACE),
        older_than: age("older-than")?,
        keep_last: matches.get_one("keep-last").copied(),
        max_size: size.transpose()?.or(session.settings.max_size),
        scope: if matches.get_flag("trees-only") {
            Scope::Derived
        } else {
            Scope::All
        },
    })
}

/// What goes, or went: the numbers of entries, and why.
fn victims(tidied: &Tidied) -> Vec<(usize, Reason)> {
    match &tidied.pruned {
        Some(pruned) => pruned.taken.clone(),
        None => tidied
            .decision
            .victims
            .iter()
            .map(|victim| (victim.item, victim.reason))
            .collect(),
    }
}

fn tell(tidied: &Tidied, now: u64) {
    let mut victims = victims(tidied);
    let decision = &tidied.decision;
    let (verb, freed) = match &tidied.pruned {
        Some(pruned) => ("Removed", pruned.freed),
        None => ("Would remove", decision.before - decision.after),
    };
    let mut areas: BTreeMap<&str, usize> = BTreeMap::new();
    for (item, _) in &victims {
        *areas.entry(tidied.catalogue.entries[*item].name.area().name()).or_default() += 1;
    }
    victims.sort_by_key(|(item, _)| std::cmp::Reverse(tidied.catalogue.entries[*item].bytes));
    for (item, reason) in victims.iter().take(NAMED) {
        let entry = &tidied.catalogue.entries[*item];
        let idle = now.saturating_sub(decision.used[*item]);
        print(&format!(
            "{:<10} {:>8} {:>10}  {}",
            words(*reason),
            age(idle),
            bytes(entry.bytes),
            entry.name,
        ));
    }
    if victims.len() > NAMED {
        print(&format!("... and {} more", victims.len() - NAMED));
    }
    let areas: Vec<String> = areas.iter().map(|(area, count)| format!("{area} {count}")).collect();
    let of = if areas.is_empty() {
        String::new()
    } else {
        format!(" ({})", areas.join(", "))
    };
    print(&format!(
        "{verb} {}{of}: {} freed, {} of {} stay",
        counted(victims.len(), "entry", "entries"),
        bytes(freed),
        bytes(decision.after),
        bytes(decision.before),
    ));
    if let Some(spared) = tidied
        .pruned
        .as_ref()
        .map(|pruned| pruned.spared)
        .filter(|spared| *spared > 0)
    {
        print(&format!(
            "{} used meanwhile, and stay",
            counted(spared, "entry was", "entries were")
        ));
    }
    if !tidied.tenants.is_empty() {
        let count = counted(tidied.tenants.len(), "layered environment needs", "layered environments need");
        print(&format!("What {count} stays"));
    }
}

/// The option that lets something go, or what is wrong with it.
fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::Broken => "broken",
        Reason::Old => "older-than",
        Reason::Version => "keep-last",
        Reason::Size => "max-size",
    }
}

fn as_json(tidied: &Tidied) -> serde_json::Value {
    let entries = victims(tidied).into_iter().map(|(item, reason)| {
        let entry = &tidied.catalogue.entries[item];
        json!({
            "entry": entry.name.to_string(),
            "area": entry.name.area().name(),
            "path": entry.paths.first(),
            "bytes": entry.bytes,
            "used": tidied.decision.used[item],
            "reason": words(reason),
        })
    });
    let pruned = tidied.pruned.as_ref();
    json!({
        "dry_run": pruned.is_none(),
        "bytes_before": tidied.decision.before,
        "bytes_after": tidied.decision.after,
        "bytes_freed": pruned.map_or(tidied.decision.before - tidied.decision.after, |pruned| pruned.freed),
        "spared": pruned.map_or(0, |pruned| pruned.spared),
        "removed": entries.collect::<Vec<_>>(),
        "environments": tidied.tenants.iter().map(|lease| &lease.environment).collect::<Vec<_>>(),
    })
}
