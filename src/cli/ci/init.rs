//! `snapenv ci init`

use clap::ArgMatches;

use crate::ci::{Server, Templates};
use crate::cli::outcome::print;
use crate::pipeline::PipelineError;
use crate::settings::World;

pub(super) fn init(matches: &ArgMatches) -> Result<(), PipelineError> {
    let server = matches
        .get_one::<String>("vendor")
        .and_then(|name| name.parse::<Server>().ok());
    // clap knows no other name.
    let Some(templates) = server.and_then(Templates::of) else {
        return Ok(());
    };
    templates.write(&World::read()?.current_dir)?;
    templates.paths().for_each(|path| print(&format!("Wrote {path}")));
    print("Next:");
    templates.steps.iter().for_each(|step| print(&format!("  * {step}")));
    Ok(())
}
