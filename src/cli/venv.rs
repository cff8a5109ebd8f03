//! `snapenv venv`

use std::path::PathBuf;
use std::time::Instant;

use clap::ArgMatches;

use super::arguments::{given, positionals};
use super::session::Session;
use super::standby;
use super::timings::Timings;
use crate::environment::{Existing, Seed, SystemSite};
use crate::pipeline::PipelineError;
use crate::pipeline::venv::Wish;
use crate::report::Progress;
use crate::settings::{SettingsError, World};

/// The environment's folder when none is named.
const DEFAULT_FOLDER: &str = ".venv";

pub(super) fn venv(matches: &ArgMatches, began: Instant) -> Result<(), PipelineError> {
    let world = World::read()?;
    let named = folder(matches);
    if is_requirement(&named) {
        return Err(SettingsError::NotAFolder(named).into());
    }
    let session = Session::start(&given(matches, positionals(matches)), world, None)?;
    let store = session.store()?;
    let facts = session.interpreter(&store)?;
    let context = session.context(&store, &facts);
    let timings = Timings::asked(matches, &session, began);
    let made = context.venv(&wish(matches, &session), began);
    session.terminal.finish();
    if let Some(timings) = timings {
        timings.write_of(&session, made.as_ref().ok().map(|made| &made.summary));
    }
    let made = made?;
    session.terminal.say(&made.summary.to_string());
    context.after(&made.summary);
    if let Some(kind) = made.spare.filter(|kind| context.wants_spare(*kind))
        && let Err(error) = standby::start(kind, store.home().root(), &session)
    {
        session.terminal.detail(&format!("no spare is made: {error}"));
    }
    Ok(())
}

/// The folder that is named, or the usual one.
pub(super) fn folder(matches: &ArgMatches) -> String {
    // `key` and `explain` have no folder: it is not part of a request.
    let named = matches.try_get_one::<String>("dir").ok().flatten();
    named.cloned().unwrap_or_else(|| DEFAULT_FOLDER.to_owned())
}

/// Whether a folder's name can only be meant as a requirement: it has a version or an extra. A bare name may be either.
fn is_requirement(folder: &str) -> bool {
    let signs = ["==", "~=", "!=", "<=", ">=", "["];
    !folder.contains('/') && signs.iter().any(|sign| folder.contains(sign))
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
