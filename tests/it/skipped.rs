//! Saying that something could not be tested here.

use std::io::Write as _;

/// Says on the real stderr, past the capture of the test runner, that `what` was not tested, and why.
pub(crate) fn skipped(what: &str, why: &str) {
    say(&format!("\nSKIPPED {what}: {why}"));
}

/// Says something on the real stderr.
pub(crate) fn say(text: &str) {
    // The print macros are captured for tests that pass; the stream itself is not.
    let _ = std::io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}
