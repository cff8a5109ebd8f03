//! `snapenv verify`

use clap::ArgMatches;
use serde_json::json;

use super::outcome::print;
use super::session::Session;
use super::target::plain;
use super::venv::folder;
use crate::environment::proof::Depth;
use crate::environment::{LayerLink, Living};
use crate::pipeline::PipelineError;
use crate::pipeline::proof::{Standing, Verdict, Verifier};
use crate::settings::{Given, World};

/// The exit code: 0 for a whole environment, 1 for one that was changed, 3 where it cannot be told.
pub(super) fn verify(matches: &ArgMatches) -> Result<i32, PipelineError> {
    let world = World::read()?;
    let folder = plain(&world.current_dir.join(folder(matches)));
    // One whose interpreter is gone can be verified as far as that goes.
    let living = Living::open(&folder);
    let mut session = match &living {
        Some(living) => Session::of_environment(living, Given::default(), &world)?,
        None => Session::start(&Given::default(), world, None)?,
    };
    // Its own store has what it is made of, whatever store is in use here.
    if let Some((layout, _)) = LayerLink::read(&folder).and_then(|link| link.snapshot())
        && layout.cachedir_tag().is_file()
    {
        layout.root().clone_into(&mut session.settings.cache_dir);
    }
    let store = session.store()?;
    let facts = living.and_then(|_| session.interpreter(&store).ok());
    let verifier = Verifier {
        store: &store,
        facts: facts.as_ref(),
        depth: if matches.get_flag("quick") {
            Depth::Quick
        } else {
            Depth::Full
        },
    };
    let verdict = verifier.verify(&folder);
    session.terminal.finish();
    let verdict = verdict?;
    if matches.get_flag("json") {
        print(&format!("{:#}", in_json(&verdict)));
    } else {
        tell(&verdict, matches.get_count("verbose") > 0);
    }
    Ok(match verdict.standing() {
        Standing::Whole => 0,
        Standing::Changed => 1,
        Standing::Unsure => 3,
    })
}

fn in_json(verdict: &Verdict) -> serde_json::Value {
    let mut object = json!(verdict);
    object["verdict"] = json!(verdict.standing());
    object
}

fn tell(verdict: &Verdict, bytecode: bool) {
    for placed in &verdict.differences {
        print(&placed.difference.to_string());
    }
    for path in verdict.bytecode.iter().filter(|_| bytecode) {
        print(&format!("bytecode {}", path.display()));
    }
    for note in &verdict.notes {
        print(&format!("note: {note}"));
    }
    print(&verdict.to_string());
}
