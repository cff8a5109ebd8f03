//! `snapenv cache remove` and `snapenv cache purge`

use std::time::Duration;

use clap::ArgMatches;

use super::pattern::Pattern;
use super::verbs::session;
use crate::cli::outcome::print;
use crate::cli::session::Session;
use crate::pipeline::PipelineError;
use crate::pipeline::upkeep::{Choice, clear};
use crate::report::{bytes, counted};

/// Removes the distributions that fit a pattern, and what needs them.
pub(super) fn remove(matches: &ArgMatches) -> Result<(), PipelineError> {
    let session = session()?;
    let patterns: Vec<Pattern> = matches
        .get_many::<String>("pattern")
        .into_iter()
        .flatten()
        .map(|text| Pattern::new(text))
        .collect::<Result<_, _>>()?;
    let chosen = |project: &str, version: &str| patterns.iter().any(|pattern| pattern.fits(project, version));
    cleared(&session, Choice::Distributions(&chosen))
}

/// Removes everything.
pub(super) fn purge(_matches: &ArgMatches) -> Result<(), PipelineError> {
    cleared(&session()?, Choice::Everything)
}

fn cleared(session: &Session, choice: Choice) -> Result<(), PipelineError> {
    let store = session.store()?;
    let cleared = clear(&store, choice, session.world.now)?;
    print(&format!(
        "{} removed ({})",
        counted(cleared.pruned.taken.len(), "entry", "entries"),
        bytes(cleared.pruned.freed)
    ));
    if cleared.kept > 0 {
        let kept = counted(cleared.kept, "entry stays", "entries stay");
        print(&format!("{kept}: layered environments need them"));
        for lease in &cleared.tenants {
            let seen = Duration::from_secs(session.world.now.saturating_sub(lease.seen));
            print(&format!(
                "  {} (seen {} ago)",
                lease.environment.display(),
                crate::report::duration(seen)
            ));
        }
        print("hint: make them flat first (snapenv venv --materialize DIR), or remove them");
    }
    Ok(())
}
