//! Kills and failures at exact points: at the first, second, third ... call of a kind.

use super::Scale;
use super::arena::{ALL, Arena, can_trace, traced};
use crate::skipped::say;

/// Calls by which files come and go; all that are named the same count together.
const CALLS: [&str; 5] = [
    "rename,renameat,renameat2",
    "link,linkat",
    "fsync,fdatasync",
    "unlink,unlinkat",
    "openat",
];

#[test]
fn a_kill_at_any_call_leaves_all_or_nothing() {
    let arena = Arena::new();
    if !can_trace(&arena.sandbox, "kills at exact points") {
        return;
    }
    let whole = arena.reference("target", ALL);
    let long = Scale::asked().is_long();
    let mut faults = 0;
    for calls in CALLS {
        // A prime: the same place in a loop is not met each time.
        let stride = match (long, calls) {
            (true, "openat") => 97,
            (true, "link,linkat") => 37,
            (true, "unlink,unlinkat") => 7,
            (true, _) => 1,
            (false, "rename,renameat,renameat2") => 3,
            (false, _) => continue,
        };
        let mut at = 1;
        loop {
            arena.forget();
            let before = arena.entries();
            let inject = format!("inject={calls}:signal=KILL:when={at}");
            let options = ["-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject];
            let status = traced(&arena.sandbox, &arena.venv_command("target", ALL), &options)
                .status()
                .unwrap();
            let there = arena.sandbox.work("target").exists();
            assert!(!there || arena.found("target") == whole, "{calls} {at}: half of it is there");
            assert!(before.is_subset(&arena.entries()), "{calls} {at}: entries are lost");
            let _ = arena.venv("target", ALL).success();
            assert_eq!(arena.found("target"), whole, "{calls} {at}");
            assert_eq!(arena.left(), [].into(), "{calls} {at}: left over");
            arena.remove("target");
            if status.success() {
                break;
            }
            assert_ne!(status.code(), Some(101), "{calls} {at}");
            faults += 1;
            at += stride;
        }
    }
    say(&format!(
        "faults: killed at {faults} calls, 0 wrong environments, 0 entries lost, 0 leftovers after the next run"
    ));
    assert!(faults > 0);
}

/// A disk that fails: the run may fail or go on without the store, but what it makes is right.
#[test]
fn a_call_that_fails_costs_no_more_than_the_run() {
    let arena = Arena::new();
    if !can_trace(&arena.sandbox, "calls that fail") {
        return;
    }
    let whole = arena.reference("target", ALL);
    let failures = [
        ("write", "error=EIO"),
        // As much of a short write as there can be: nothing was written.
        ("write", "retval=0"),
        ("fsync", "error=EIO"),
        ("fsync", "error=ENOSPC"),
        ("rename,renameat,renameat2", "error=EIO"),
        ("link,linkat", "error=EIO"),
        ("read,pread64", "error=EIO"),
        ("getdents64", "error=EIO"),
    ];
    let long = Scale::asked().is_long();
    let (mut faults, mut failed) = (0, 0);
    for (calls, failure) in failures {
        let places: Vec<usize> = match (long, calls) {
            (true, _) => (1..20).chain((20..800).step_by(97)).collect(),
            (false, "fsync") if failure == "error=EIO" => vec![1, 4],
            (false, _) => Vec::new(),
        };
        for at in places {
            arena.forget();
            let inject = format!("inject={calls}:{failure}:when={at}");
            let options = ["-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject];
            let ended = traced(&arena.sandbox, &arena.venv_command("target", ALL), &options)
                .status()
                .unwrap();
            faults += 1;
            failed += usize::from(!ended.success());
            let there = arena.sandbox.work("target").exists();
            assert!(
                !there || arena.found("target") == whole,
                "{calls} {failure} {at}: another environment"
            );
            assert!(
                !ended.success() || there,
                "{calls} {failure} {at}: success without an environment"
            );
            let _ = arena.venv("target", ALL).success();
            assert_eq!(arena.found("target"), whole, "{calls} {failure} {at}");
            assert_eq!(arena.left(), [].into(), "{calls} {failure} {at}: left over");
            arena.remove("target");
        }
    }
    say(&format!(
        "faults: {faults} calls failed, {failed} runs with them, 0 wrong environments, 0 leftovers after the next run"
    ));
}
