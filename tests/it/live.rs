//! Comparisons over the public index; they need the network and minutes, so they run only with `SNAPENV_LIVE=1`.

use crate::skipped::skipped;

/// Whether tests may use the network; says so aloud when not.
pub(crate) fn enabled(test: &str) -> bool {
    let enabled = std::env::var_os("SNAPENV_LIVE").is_some_and(|value| value == "1");
    if !enabled {
        skipped(test, "it uses the public index; set SNAPENV_LIVE=1 to run it");
    }
    enabled
}
