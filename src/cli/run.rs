//! From arguments to an exit code.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use clap::error::ErrorKind;

use super::target::Called;
use super::{arguments, cache, ci, diff, doctor, explain, install, materialize, outcome, signals, stats, venv, verify};
use crate::pipeline::PipelineError;
use crate::settings::pip_config::Command;

/// First words that clap answers; every other one is a command of pip's.
const OURS: &[&str] = &[
    "venv",
    "key",
    "explain",
    "cache",
    "doctor",
    "verify",
    "diff",
    "ci",
    "stats",
    "help",
    "-h",
    "--help",
    "-V",
    "--version",
];

/// Runs the command line `arguments`, whose first is the program's name, and answers the exit code.
pub fn run(arguments: Vec<OsString>) -> i32 {
    let began = Instant::now();
    signals::handle();
    match dispatch(arguments, began) {
        Ok(code) => code,
        Err(error) => outcome::fail(&error),
    }
}

fn dispatch(arguments: Vec<OsString>, began: Instant) -> Result<i32, PipelineError> {
    let mut words = arguments.into_iter();
    let called = Called::new(Path::new(&words.next().unwrap_or_default()));
    let words: Vec<OsString> = words.collect();
    let first = words.first().and_then(|word| word.to_str());
    match first {
        Some("install") => return install::install((Command::Install, &words[1..]), &called, began),
        Some("download") => return install::install((Command::Download, &words[1..]), &called, began),
        _ if called.as_pip() => return install::other(&words, &called),
        Some(word) if !OURS.contains(&word) => return install::other(&words, &called),
        _ => {}
    }
    let named = std::iter::once(OsString::from("snapenv")).chain(words);
    let matches = match arguments::command().try_get_matches_from(named) {
        Ok(matches) => matches,
        Err(error) => return Ok(usage(&error)),
    };
    match matches.subcommand() {
        Some(("venv", matches)) if matches.get_flag("materialize") => materialize::materialize(matches, began)?,
        Some(("venv", matches)) => venv::venv(matches, began)?,
        Some(("key", matches)) => explain::key(matches)?,
        Some(("explain", matches)) => explain::explain(matches)?,
        Some(("doctor", matches)) => return doctor::doctor(matches),
        Some(("diff", matches)) => return diff::diff(matches),
        Some(("verify", matches)) => return verify::verify(matches),
        Some(("ci", matches)) => return ci::ci(matches, began),
        Some(("stats", matches)) => stats::stats(matches)?,
        Some(("cache", matches)) => return cache::cache(matches),
        // clap knows no other command.
        _ => return Ok(2),
    }
    Ok(0)
}

/// clap's own messages: help and version are successes.
pub(super) fn usage(error: &clap::Error) -> i32 {
    // Nobody is left to be told when the stream is gone.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
        _ => 2,
    }
}
