//! `snapenv cache`

mod info;
mod list;
mod pattern;
mod prune;
mod remove;

use clap::ArgMatches;

use super::outcome::print;
use super::session::Session;
use super::warm;
use crate::pipeline::PipelineError;
use crate::settings::{Given, World};

pub(super) fn cache(matches: &ArgMatches) -> Result<(), PipelineError> {
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

fn session() -> Result<Session, PipelineError> {
    Session::start(&Given::default(), World::read()?, None)
}

/// An age in words.
fn age(seconds: u64) -> String {
    match seconds / 60 {
        minutes @ 0..120 => format!("{minutes} min"),
        minutes @ 120..2880 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 1440),
    }
}
