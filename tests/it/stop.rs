//! Stopping a command with a signal while it is at work; signals of the caller that must not matter.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT};

/// Nobody waits longer.
const PATIENCE: Duration = Duration::from_secs(4);
/// What was told to end needs a processor for it, of which there may be none for a while.
const LINGERING: Duration = Duration::from_secs(2);
/// Processes that a test has started, however far down, have it.
const MARK: &str = "SNAPENV_TEST_OF_ABORTS";

/// Sends a signal to a command once it is at work, and demands that it is gone in time, with all that it has started. `false` when it
/// had ended well before: on a busy machine a signal may come too late.
///
/// Whoever sends KILL without asking first, as some build servers do, kills what is left, too; so does this.
#[track_caller]
pub(crate) fn stop(mut command: Command, signal: Signal, at_work: impl Fn() -> bool) -> bool {
    let mark = format!("{}-{signal:?}-{:?}", std::process::id(), Instant::now());
    let mut child = command
        .env(MARK, &mark)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while !at_work() && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_mins(1), "it never began");
        thread::sleep(Duration::from_micros(200));
    }
    let told = Instant::now();
    // It may have ended by now; that is told from its status.
    let _ = kill_process(Pid::from_child(&child), signal);
    let status = child.wait().unwrap();
    let took = told.elapsed();
    if status.success() {
        return false;
    }
    assert!(took < PATIENCE, "{signal:?}: {took:?}");
    let number = signal.as_raw();
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    assert_eq!(code, Some(128 + number), "{signal:?}");
    let began = Instant::now();
    while let Some(left) = running_with(&mark) {
        if signal == Signal::KILL {
            let _ = kill_process(left, Signal::KILL);
        }
        assert!(began.elapsed() < LINGERING, "{signal:?}: {left:?} is left");
        thread::sleep(Duration::from_millis(10));
    }
    true
}

/// A process whose environment has the mark; zombies have none.
fn running_with(mark: &str) -> Option<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let mut names = processes.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let name = names.find(|name| {
        let environ = fs::read(Path::new("/proc").join(name).join("environ")).unwrap_or_default();
        environ.windows(mark.len()).any(|window| window == mark.as_bytes())
    })?;
    Pid::from_raw(name.parse().ok()?)
}

/// Has signals that our own caller had ignored, as shells do for what runs in the background, end whatever is started from now on: a
/// signal that is ignored stays so in children, one that is handled does not.
pub(crate) fn as_usual() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        for signal in [SIGHUP, SIGINT, SIGQUIT] {
            if mask & (1 << (signal - 1)) != 0 {
                signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).unwrap();
            }
        }
    });
}
