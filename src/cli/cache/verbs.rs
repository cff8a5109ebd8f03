//! The verbs of `snapenv cache`.

use clap::ArgMatches;

use super::{info, list, prune, remove};
use crate::cli::outcome::print;
use crate::cli::session::Session;
use crate::cli::warm;
use crate::pipeline::PipelineError;
use crate::settings::{Given, World};

pub(in crate::cli) fn cache(matches: &ArgMatches) -> Result<(), PipelineError> {
    match matches.subcommand() {
        Some(("warm", matches)) => warm::warm(matches),
        Some(("info", matches)) => info::info(matches),
        Some(("list", matches)) => list::list(matches),
        Some(("prune", matches)) => prune::prune(matches),
        Some(("remove", matches)) => remove::remove(matches),
        Some(("purge", matches)) => remove::purge(matches),
        // clap insists on a verb, and knows no other.
        _ => {
            print(&session()?.settings.cache_dir.display().to_string());
            Ok(())
        }
    }
}

/// What every verb begins with.
pub(super) fn session() -> Result<Session, PipelineError> {
    Session::start(&Given::default(), World::read()?, None)
}
