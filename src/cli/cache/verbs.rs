//! The verbs of `snapenv cache`.

use clap::ArgMatches;

use super::{export, import, info, list, prune, remove, verify};
use crate::cli::outcome::print;
use crate::cli::session::Session;
use crate::cli::warm;
use crate::pipeline::PipelineError;
use crate::settings::{Given, World};

/// The exit code.
pub(in crate::cli) fn cache(matches: &ArgMatches) -> Result<i32, PipelineError> {
    let done: Result<(), PipelineError> = match matches.subcommand() {
        Some(("warm", matches)) => warm::warm(matches),
        Some(("info", matches)) => info::info(matches),
        Some(("list", matches)) => list::list(matches),
        Some(("prune", matches)) => prune::prune(matches),
        Some(("remove", matches)) => remove::remove(matches),
        Some(("purge", matches)) => remove::purge(matches),
        Some(("verify", matches)) => return verify::verify(matches),
        Some(("export", matches)) => return export::export(matches),
        Some(("import", matches)) => return import::import(matches),
        // clap insists on a verb, and knows no other.
        _ => {
            print(&session()?.settings.cache_dir.display().to_string());
            Ok(())
        }
    };
    done.map(|()| 0)
}

/// What every verb begins with.
pub(super) fn session() -> Result<Session, PipelineError> {
    Session::start(&Given::default(), World::read()?, None)
}
