//! Many jobs on one store while it is pruned.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Scale;
use super::arena::{ALL, Arena, BUILT, READ, can_trace, traced};
use crate::skipped::say;

const JOBS: usize = 8;
/// Between prunes: whoever prunes without a pause has the processor for himself.
const PAUSE: Duration = Duration::from_millis(300);
/// Longer than this nobody may wait for a prune.
const LONGEST: Duration = Duration::from_millis(50);

#[test]
fn jobs_are_right_while_everything_is_pruned_under_their_hands() {
    let arena = Arena::new();
    let asked = |job: usize| {
        [
            ALL,
            READ,
            "demo==1.0",
            if Scale::asked().is_long() { BUILT } else { "helper==1.0" },
        ][job % 4]
    };
    let (jobs, rounds) = if Scale::asked().is_long() { (JOBS, 50) } else { (2, 1) };
    let folders: Vec<String> = (0..jobs).map(|job| format!("job-{job}")).collect();
    let references: Vec<String> = (0..jobs).map(|job| arena.reference(&folders[job], asked(job))).collect();
    let (stop, prunes) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut wrong, mut failed) = (0, 0);
    let began = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let words = ["cache", "prune", "--grace", "0s", "--max-size", "1"];
                let _ = arena.sandbox.snapenv(words).success();
                prunes.fetch_add(1, Ordering::Relaxed);
                thread::sleep(PAUSE);
            }
        });
        for round in 0..rounds {
            let children: Vec<_> = (0..jobs)
                .map(|job| {
                    let mut command = arena.venv_command(&folders[job], asked(job));
                    command.stderr(Stdio::piped()).spawn().unwrap()
                })
                .collect();
            for (job, child) in children.into_iter().enumerate() {
                let ended = child.wait_with_output().unwrap();
                if !ended.status.success() {
                    failed += 1;
                    say(&format!(
                        "round {round}, job {job}: {}",
                        String::from_utf8_lossy(&ended.stderr)
                    ));
                } else if arena.found(&folders[job]) != references[job] {
                    wrong += 1;
                    say(&format!("round {round}, job {job}: another environment"));
                }
                arena.remove(&folders[job]);
            }
            if round % 10 == 9 {
                say(&format!(
                    "faults so far: {} rounds, {wrong} wrong, {failed} failed",
                    round + 1
                ));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let _ = arena.venv("last", READ).success();
    let left = arena.left();
    say(&format!(
        "faults: {rounds} rounds of {jobs} jobs, {} prunes meanwhile: {wrong} wrong environments, {failed} failed runs, {} leftovers; {} s",
        prunes.load(Ordering::Relaxed),
        left.len(),
        began.elapsed().as_secs(),
    ));
    assert_eq!((wrong, failed, left.len()), (0, 0, 0), "{left:?}");
}

/// Whoever installs asks for locks, but none that a prune holds.
#[test]
fn nobody_waits_for_a_prune() {
    let arena = Arena::new();
    if !can_trace(&arena.sandbox, "that nobody waits for a prune") {
        return;
    }
    let (entries, runs) = if Scale::asked().is_long() { (5000, 40) } else { (200, 2) };
    let stop = AtomicBool::new(false);
    let mut longest = Duration::ZERO;
    let mut asked = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fill(&arena.sandbox.cache("v1/sources"), entries);
                let words = ["cache", "prune", "--grace", "0s", "--older-than", "1h"];
                let _ = arena.sandbox.snapenv(words).success();
            }
        });
        for run in 0..runs {
            if run % 2 == 0 {
                arena.forget();
            }
            let log = arena.sandbox.root().join("locks");
            let options = ["-T", "-o", log.to_str().unwrap(), "-e", "trace=flock"];
            let traced = traced(&arena.sandbox, &arena.venv_command("target", ALL), &options);
            let _ = arena.sandbox.finish(traced).success();
            let text = fs::read_to_string(&log).unwrap();
            for line in text.lines().filter(|line| line.contains("flock(")) {
                asked += 1;
                // Whoever does not want to wait may be held up by the scheduler only.
                let waits = !line.contains("LOCK_NB") && !line.contains("LOCK_UN");
                let seconds = line.rsplit_once('<').and_then(|(_, end)| end.strip_suffix('>')?.parse().ok());
                if let Some(seconds) = seconds.filter(|_| waits) {
                    longest = longest.max(Duration::from_secs_f64(seconds));
                }
            }
            arena.remove("target");
        }
        stop.store(true, Ordering::Relaxed);
    });
    say(&format!(
        "faults: {runs} installs asked for {asked} locks while a prune took {entries} entries again and again: the longest wait was {:.2} ms",
        longest.as_secs_f64() * 1000.0
    ));
    assert!(asked > 0 && longest < LONGEST, "{longest:?} of {asked}");
}

/// Downloads that nobody has used for two days.
fn fill(folder: &Path, entries: usize) {
    let old = std::time::SystemTime::now() - Duration::from_hours(48);
    for number in 0..entries {
        let name = blake3::hash(&number.to_le_bytes()).to_hex();
        let folder = folder.join(&name[..2]).join(name.as_str());
        fs::create_dir_all(&folder).unwrap();
        let file = fs::File::create(folder.join("old-1.0.tar.gz")).unwrap();
        let times = fs::FileTimes::new().set_modified(old).set_accessed(old);
        file.set_times(times).unwrap();
    }
}
