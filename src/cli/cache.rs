//! `snapenv cache`

use clap::ArgMatches;

use super::outcome::print;
use super::session::Session;
use crate::pipeline::PipelineError;
use crate::settings::{Given, World};

pub(super) fn cache(matches: &ArgMatches) -> Result<(), PipelineError> {
    let session = Session::start(&Given::default(), World::read()?, None)?;
    // `dir` is the only verb so far, and clap insists on one.
    if matches.subcommand_matches("dir").is_some() {
        print(&session.settings.cache_dir.display().to_string());
    }
    Ok(())
}
