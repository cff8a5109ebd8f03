//! `snapenv cache remove` and `snapenv cache purge`

use std::time::Duration;

use clap::ArgMatches;

use super::pattern::Pattern;
use super::verbs::{none, one_at_most, session};
use crate::cli::outcome::print;
use crate::cli::session::Session;
use crate::pipeline::PipelineError;
use crate::pipeline::upkeep::{Choice, clear};
use crate::report::{Progress, bytes, counted};

/// Removes the distributions that fit a pattern, and what needs them.
pub(super) fn remove(matches: &ArgMatches) -> Result<(), PipelineError> {
    let session = session()?;
    let pattern = one_at_most(matches)?.ok_or(PipelineError::Words("Please provide a pattern"))?;
    let pattern = Pattern::new(pattern);
    if pattern.is_everything() {
        return cleared(&session, Choice::Everything, "");
    }
    let chosen = |project: &str, version: &str| pattern.fits(project, version);
    cleared(
        &session,
        Choice::Distributions(&chosen),
        &format!(" for pattern \"{pattern}\""),
    )
}

/// Removes everything.
pub(super) fn purge(matches: &ArgMatches) -> Result<(), PipelineError> {
    none(matches)?;
    cleared(&session()?, Choice::Everything, "")
}

fn cleared(session: &Session, choice: Choice, which: &str) -> Result<(), PipelineError> {
    let store = session.store()?;
    let cleared = clear(&store, choice, session.world.now)?;
    if cleared.chosen == 0 {
        session.terminal.warn(&format!("No matching packages{which}"));
    }
    print(&format!(
        "Removed {} ({})",
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
