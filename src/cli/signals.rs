//! Signals: put right what is half done, then end with 128 and the signal's number.

use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::fs::Cleanup;

/// Handles ending signals on a thread of their own. Children in our process group get terminal signals themselves.
///
/// Where no handler can be installed the signals end the process as usual, and the next run clears up.
pub(super) fn handle() {
    let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]) else {
        return;
    };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            Cleanup::run_all();
            std::process::exit(128 + signal);
        }
    });
}
