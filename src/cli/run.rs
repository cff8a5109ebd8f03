//! From arguments to an exit code.

use std::ffi::OsString;
use std::time::Instant;

use clap::error::ErrorKind;

use super::{arguments, cache, explain, outcome, signals, venv};
use crate::pipeline::PipelineError;

/// Runs the command line `arguments` (without the program's name) and answers the exit code.
pub fn run(arguments: Vec<OsString>) -> i32 {
    let began = Instant::now();
    signals::handle();
    match dispatch(arguments, began) {
        Ok(code) => code,
        Err(error) => outcome::fail(&error),
    }
}

fn dispatch(words: Vec<OsString>, began: Instant) -> Result<i32, PipelineError> {
    let named = std::iter::once(OsString::from("snapenv")).chain(words);
    let matches = match arguments::command().try_get_matches_from(named) {
        Ok(matches) => matches,
        Err(error) => return Ok(usage(&error)),
    };
    match matches.subcommand() {
        Some(("venv", matches)) => venv::venv(matches, began)?,
        Some(("key", matches)) => explain::key(matches)?,
        Some(("explain", matches)) => explain::explain(matches)?,
        Some(("cache", matches)) => cache::cache(matches)?,
        // clap knows no other command.
        _ => return Ok(2),
    }
    Ok(0)
}

/// clap's own messages: help and version are successes.
fn usage(error: &clap::Error) -> i32 {
    // Nobody is left to be told when the stream is gone.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
        _ => 2,
    }
}
