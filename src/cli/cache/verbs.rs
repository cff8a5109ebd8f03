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
        Some(("prune", matches)) => prune(matches),
        Some(("remove", matches)) => remove::remove(matches),
        Some(("purge", matches)) => remove::purge(matches),
        Some(("verify", matches)) => return verify::verify(matches),
        Some(("export", matches)) => return export::export(matches),
        Some(("import", matches)) => return import::import(matches),
        // clap insists on a verb, and knows no other.
        other => {
            other.map_or(Ok(()), |(_, matches)| none(matches))?;
            print(&session()?.settings.cache_dir.display().to_string());
            Ok(())
        }
    };
    done.map(|()| 0)
}

/// What every verb begins with.
pub(in crate::cli) fn session() -> Result<Session, PipelineError> {
    Session::start(&Given::default(), World::read()?, None)
}
/// The pattern that a verb may be given.
///
/// # Errors
/// When there are several.
pub(super) fn one_at_most(matches: &ArgMatches) -> Result<Option<&str>, PipelineError> {
    let mut words = matches.get_many::<String>("words").into_iter().flatten();
    let first = words.next().map(String::as_str);
    words
        .next()
        .map_or(Ok(first), |_| Err(PipelineError::Words("Too many arguments")))
}

/// Demands that there is none.
///
/// # Errors
/// When there is one.
pub(super) fn none(matches: &ArgMatches) -> Result<(), PipelineError> {
    one_at_most(matches)?.map_or(Ok(()), |_| Err(PipelineError::Words("Too many arguments")))
}
