//! `snapenv doctor`

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::json;

use super::below::below;
use super::outcome::print;
use super::session::Session;
use super::target::plain;
use crate::environment::Living;
use crate::fs::own_bytes;
use crate::pipeline::PipelineError;
use crate::pipeline::doctor::{Ailment, Health, Patients, examine, link_mode_into};
use crate::report::bytes;
use crate::settings::{Given, World};
use crate::store::Store;

/// A folder with nothing in it takes a block.
const EMPTY: u64 = 4096;

/// The exit code: 1 if something is wrong.
pub(super) fn doctor(matches: &ArgMatches) -> Result<i32, PipelineError> {
    let world = World::read()?;
    let session = Session::start(&Given::default(), world, None)?;
    let store = session.store()?;
    let world = &session.world;
    let absolute = |folder: &str| plain(&world.current_dir.join(folder));
    let named: Vec<PathBuf> = matches
        .get_many::<String>("dir")
        .into_iter()
        .flatten()
        .map(|folder| absolute(folder))
        .collect();
    let around = [Some(".venv"), world.variable("VIRTUAL_ENV")];
    let around: Vec<PathBuf> = around.into_iter().flatten().map(absolute).collect();
    let patients = Patients {
        named: &named,
        around: &around,
    };
    let health = examine(&store, patients, world.now, &|living| mend(living, world, &store));
    session.terminal.finish();
    if matches.get_flag("json") {
        print(&format!("{:#}", in_json(&session, &store, &health)));
    } else {
        tell(&session, &store, &health);
    }
    Ok(i32::from(!health.is_well()))
}

fn mend(living: &Living, world: &World, store: &Store) -> Result<(), PipelineError> {
    let session = Session::of_environment(living, Given::default(), world)?;
    let facts = session.interpreter(store)?;
    let mended = session.context(store, &facts).mend(living);
    session.terminal.finish();
    mended
}

fn in_json(session: &Session, store: &Store, health: &Health) -> serde_json::Value {
    let interpreter = session.interpreter(store).ok();
    json!({
        "store": session.settings.cache_dir,
        "writable": !store.is_temporary(),
        "read_stores": below(session, store),
        "interpreter": interpreter.as_ref().map(|facts| &facts.executable),
        "version": interpreter.as_ref().map(|facts| &facts.full_version),
        "link_mode": link_mode_into(store, &session.world.current_dir).ok(),
        "environments": health.environments,
        "void_leases": health.void_leases,
        "quarantine_bytes": quarantined(store),
    })
}

/// Bytes on disk of what was found damaged.
fn quarantined(store: &Store) -> u64 {
    own_bytes(&store.lasting().quarantine())
}

/// All of it on one screen.
fn tell(session: &Session, store: &Store, health: &Health) {
    let access = if store.is_temporary() { "only read" } else { "writable" };
    print(&format!("store: {} ({access})", session.settings.cache_dir.display()));
    for one in below(session, store) {
        print(&format!("read store: {} ({})", one.folder.display(), one.state.words()));
    }
    match session.interpreter(store) {
        Ok(facts) => print(&format!(
            "interpreter: {} {} at {}",
            facts.implementation,
            facts.full_version,
            facts.executable.display()
        )),
        Err(error) => print(&format!("interpreter: none ({error})")),
    }
    match link_mode_into(store, &session.world.current_dir) {
        Ok(mode) => print(&format!("link mode: {mode}, from the store into the current folder")),
        Err(error) => print(&format!(
            "link mode: none, nothing can be written into the current folder ({error})"
        )),
    }
    if health.void_leases > 0 {
        print(&format!(
            "leases removed: {}, of environments that are gone or flat",
            health.void_leases
        ));
    }
    let quarantined = quarantined(store);
    if quarantined > EMPTY {
        print(&format!(
            "quarantine: {} of what was found damaged (snapenv cache prune removes it after seven days)",
            bytes(quarantined)
        ));
    }
    for one in &health.environments {
        let form = match one.layer {
            _ if one.ailments.contains(&Ailment::Missing) => "",
            Some(_) => "layered, ",
            None => "flat, ",
        };
        let well = if one.ailments.is_empty() { "well" } else { "not well" };
        print(&format!("environment: {} ({form}{well})", one.environment.display()));
        for ailment in &one.ailments {
            print(&format!("  {ailment}"));
        }
    }
    if let Some(advice) = health.advice() {
        print(&format!("hint: {advice}"));
    }
}
