//! `snapenv venv`

use std::path::PathBuf;
use std::time::Instant;

use clap::ArgMatches;

use super::arguments::{given, positionals};
use super::session::Session;
use crate::environment::{Existing, Seed, SystemSite};
use crate::pipeline::PipelineError;
use crate::pipeline::venv::Wish;
use crate::settings::World;

/// The environment's folder when none is named.
const DEFAULT_FOLDER: &str = ".venv";

pub(super) fn venv(matches: &ArgMatches, began: Instant) -> Result<(), PipelineError> {
    let world = World::read()?;
    let session = Session::start(&given(matches, positionals(matches)), world, None)?;
    let store = session.store()?;
    let facts = session.interpreter(&store)?;
    let summary = session.context(&store, &facts).venv(&wish(matches, &session), began)?;
    session.terminal.finish();
    session.terminal.say(&summary.to_string());
    Ok(())
}

/// The folder that is named, or the usual one.
pub(super) fn folder(matches: &ArgMatches) -> String {
    // `key` and `explain` have no folder: it is not part of a request.
    let named = matches.try_get_one::<String>("dir").ok().flatten();
    named.cloned().unwrap_or_else(|| DEFAULT_FOLDER.to_owned())
}

/// The kind of environment that is asked for.
pub(super) fn wish(matches: &ArgMatches, session: &Session) -> Wish {
    Wish {
        folder: PathBuf::from(folder(matches)),
        prompt: session.prompt(matches.get_one("prompt")),
        system: if matches.get_flag("system-site-packages") {
            SystemSite::Visible
        } else {
            SystemSite::Hidden
        },
        seed: if matches.get_flag("no-seed") {
            Seed::Without
        } else {
            Seed::Pip
        },
        existing: if matches.get_flag("clear") {
            Existing::Anything
        } else {
            Existing::Environment
        },
    }
}
