//! Signals: put right what is half done, then end with 128 and the signal's number.

use std::fs::File;
use std::io::Read;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::fs::Cleanup;

/// Handles ending signals on a thread of their own. Children in our process group get terminal signals themselves.
///
/// What the caller has had ignored, as `nohup` does, stays ignored. Where no handler can be installed the signals end the process as usual,
/// and the next run clears up.
pub(super) fn handle() {
    let ignored = ignored();
    let ours = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
    let Ok(mut signals) = Signals::new(ours.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0)) else {
        return;
    };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            Cleanup::run_all();
            std::process::exit(128 + signal);
        }
    });
}

/// The signals that are ignored, as bits (`SigIgn` of proc(5)); none where the kernel does not tell.
fn ignored() -> u64 {
    // The kernel writes the whole text anew for each piece that is read.
    let mut status = String::with_capacity(4096);
    let _ = File::open("/proc/self/status").and_then(|mut file| file.read_to_string(&mut status));
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
