//! `snapenv cache warm`

use clap::ArgMatches;

use super::arguments::{given, positionals};
use super::session::Session;
use super::standby;
use super::venv::wish;
use crate::pipeline::PipelineError;
use crate::pipeline::standby::{Keeper, Kept};
use crate::pipeline::warm::{Ready, Warmed};
use crate::report::counted;
use crate::settings::World;
use crate::store::Store;

pub(super) fn warm(matches: &ArgMatches) -> Result<(), PipelineError> {
    if matches.contains_id(standby::OPTION) {
        standby::run(matches);
        return Ok(());
    }
    let session = Session::start(&given(matches, positionals(matches)), World::read()?, None)?;
    let wanted = matches.get_one("spares").copied().unwrap_or(1);
    let asked = &session.settings.asked;
    let said = if asked.arguments.is_empty() && asked.requirement_files.is_empty() && asked.editables.is_empty() {
        replenish(&session, wanted)
    } else {
        warm_request(matches, &session, wanted)
    };
    session.terminal.finish();
    session.terminal.say(&said?);
    Ok(())
}

fn warm_request(matches: &ArgMatches, session: &Session, wanted: usize) -> Result<String, PipelineError> {
    let store = writable_store(session)?;
    let facts = session.interpreter(&store)?;
    let warmed = session.context(&store, &facts).warm(&wish(matches, session), wanted)?;
    let Warmed { hits, misses, ready } = warmed;
    let ready = match ready {
        Ready::Nothing => "no spares".to_owned(),
        Ready::Spares(kept) => said_of(kept),
        Ready::Layer => "the merged layer is there".to_owned(),
    };
    Ok(format!(
        "Warmed: {} ({}, {}); {ready}",
        counted(hits + misses, "distribution", "distributions"),
        counted(hits, "hit", "hits"),
        counted(misses, "miss", "misses"),
    ))
}

/// The store. All that is done here is for later runs: one that keeps nothing is an error for once.
fn writable_store(session: &Session) -> Result<Store, PipelineError> {
    let store = session.store()?;
    if store.is_temporary() {
        return Err(PipelineError::OnlyRead(session.settings.cache_dir.clone()));
    }
    Ok(store)
}

/// Makes the spares that were taken, and those of what is asked for often.
fn replenish(session: &Session, wanted: usize) -> Result<String, PipelineError> {
    let store = writable_store(session)?;
    let keeper = Keeper {
        store: &store,
        progress: &session.terminal,
    };
    let kept = keeper.replenish(wanted, session.world.now);
    Ok(format!("Warmed: {}", said_of(kept)))
}

fn said_of(kept: Kept) -> String {
    let made = counted(kept.made, "spare was", "spares were");
    format!("{made} made, {} waiting", kept.waiting)
}
