//! `snapenv ci prune`

use std::time::Duration;

use clap::ArgMatches;

use crate::cli::cache;
use crate::cli::outcome::print;
use crate::pipeline::PipelineError;
use crate::report::{bytes, counted};
use crate::settings::{SettingsError, parse_age};
use crate::upkeep::forget_changes;

/// As long as this the store of a change is kept when nothing is said.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// Prunes the store that trusted builds share, and removes those of changes that are not built any more.
pub(super) fn prune(matches: &ArgMatches) -> Result<(), PipelineError> {
    cache::prune(matches)?;
    if matches.get_flag("dry-run") || matches.get_flag("trees-only") {
        return Ok(());
    }
    let session = cache::session()?;
    let store = session.store()?;
    let idle = matches
        .get_one::<String>("older-than")
        .map(|text| parse_age(text))
        .transpose();
    let idle = idle.map_err(SettingsError::from)?.unwrap_or(KEPT);
    let forgotten = forget_changes(&store, idle, session.world.now)?;
    if forgotten.stores > 0 && !matches.get_flag("json") {
        print(&format!(
            "Removed {} of changes that are not built any more: {} freed",
            counted(forgotten.stores, "store", "stores"),
            bytes(forgotten.freed)
        ));
    }
    Ok(())
}
