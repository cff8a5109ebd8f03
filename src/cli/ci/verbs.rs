//! The verbs of `snapenv ci`.

use std::time::Instant;

use clap::ArgMatches;

use super::{detect, env, init, prune, report, sync};
use crate::cli::explain;
use crate::pipeline::PipelineError;

/// Runs a command of `snapenv ci` and answers the exit code.
pub(in crate::cli) fn ci(matches: &ArgMatches, began: Instant) -> Result<i32, PipelineError> {
    match matches.subcommand() {
        Some(("sync", matches)) => sync::sync(matches, began),
        Some(("detect", matches)) => detect::detect(matches).map(|()| 0),
        Some(("key", matches)) => explain::key(matches).map(|()| 0),
        Some(("env", matches)) => env::env(matches).map(|()| 0),
        Some(("prune", matches)) => prune::prune(matches).map(|()| 0),
        Some(("report", matches)) => report::report(matches).map(|()| 0),
        Some(("init", matches)) => init::init(matches).map(|()| 0),
        // clap knows no other command.
        _ => Ok(2),
    }
}
