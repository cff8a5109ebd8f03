//! The differential corpus: requirement sets that pip has answered, asked of snapenv over the same recorded pages (docs/testing.md).
//!
//! | module | holds |
//! |---|---|
//! | `sets` | the questions: `fixtures/corpus/sets/*.txt` |
//! | `universe` | what is asked over: the recorded index, and synthetic ones whose wheels are built here |
//! | `answer`, `report` | an answer as text beside the sets, and how one is read from a report or a failure |
//! | `ground` | environments, folders and files that a question needs |
//! | `pip`, `ours` | the two who answer |
//! | `tally` | what is counted and printed |
//! | `live` | the most used projects over the public index, behind `SNAPENV_LIVE=1` |

mod answer;
mod ground;
mod live;
mod ours;
mod pip;
mod report;
mod sets;
mod tally;
mod universe;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use answer::Answer;
use ground::Ground;
use ours::Outcome;
use sets::RequirementSet;
use tally::Tally;

use crate::interpreters::{self, Interpreter};
use crate::skipped::skipped;

/// How many sets may be handed to real pip: 3 % of all that there are, also where they are a sample; any number where somebody wants to see single ones.
fn handed_at_most(all: usize) -> usize {
    match env::var("SNAPENV_CORPUS") {
        Ok(named) if !named.is_empty() => usize::MAX,
        _ => all * 3 / 100,
    }
}

/// One of so many sets is asked where none is named: all of them take minutes of two processors. What the recorded pages are read for,
/// and what is random, is much of a kind, and the pages are long.
fn sampled(set: &RequirementSet) -> usize {
    match set.file.as_str() {
        "rules" | "installed" => 3,
        _ => 16,
    }
}

/// A folder of `fixtures/corpus`.
fn fixtures(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus").join(folder)
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| value == "1")
}

/// The interpreter of each minor version that sets name, where this machine has it.
fn pythons() -> BTreeMap<String, &'static Interpreter> {
    let all = interpreters::one_per_minor().into_iter();
    all.map(|python| (python.major_minor(), python)).collect()
}

/// The sets that `SNAPENV_CORPUS` names by file, universe or the beginning of their names (with commas between; all where it is empty, a sample without it), and
/// that this machine has the interpreter of.
fn wanted() -> Vec<RequirementSet> {
    let pythons = pythons();
    let whole = is_set("SNAPENV_CORPUS_PIP") || is_set("SNAPENV_RECORD");
    let named = env::var("SNAPENV_CORPUS").ok().or_else(|| whole.then(String::new));
    let mut numbers = BTreeMap::new();
    let mut is_wanted = |set: &RequirementSet| {
        if let Some(named) = &named {
            return named.split(',').any(|part| set.is_of(part));
        }
        let sampled = sampled(set);
        let number = numbers.entry(sampled).or_insert(0);
        *number += 1;
        *number % sampled == 0
    };
    let (found, missing): (Vec<_>, Vec<_>) = sets::all()
        .into_iter()
        .filter(|set| is_wanted(set))
        .partition(|set| pythons.contains_key(&set.python));
    if !missing.is_empty() {
        skipped(
            &format!("corpus: {} sets", missing.len()),
            "this machine lacks their interpreters",
        );
    }
    found
}

/// Recorded answers are those of an interpreter whose wheels are for glibc on x86-64.
fn platform_fits() -> bool {
    let fits = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));
    if !fits {
        skipped("corpus", "its answers were recorded for Linux on x86-64 with glibc");
    }
    fits
}

/// Runs `work` for all of `items` with one thread for each processor; results in no order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(item);
                    results.lock().unwrap().push(result);
                }
            });
        }
    });
    results.into_inner().unwrap()
}

#[test]
fn snapenv_answers_as_pip_did() {
    if !platform_fits() {
        return;
    }
    let sets = wanted();
    let real = is_set("SNAPENV_CORPUS_PIP");
    let ground = Ground::new(real.then(pip::provide));
    let recorded = answer::read_all();
    let tally = Tally::default();
    if is_set("SNAPENV_RECORD") {
        answer::write_all(&pip::ask_all(&ground, &sets), &recorded);
        return;
    }
    ground.settle_pips(&sets);
    let asked: BTreeMap<String, Answer> = if real { pip::ask_all(&ground, &sets) } else { BTreeMap::new() };
    in_parallel(&sets, |set| {
        let Some(expected) = recorded.get(&set.name) else {
            return tally.differs(&set.name, "no answer is recorded; see docs/testing.md");
        };
        if let Some(now) = asked.get(&set.name).filter(|now| !expected.agrees(now)) {
            return tally.differs(
                &set.name,
                &format!("pip answers otherwise than was recorded\n{}", expected.difference(now)),
            );
        }
        match ours::ask(&ground, set) {
            Outcome::Handed(reason, None) => tally.handed(&set.name, &reason),
            Outcome::Handed(reason, Some(answer)) if expected.clone().in_no_order().agrees(&answer) => {
                tally.handed(&set.name, &reason);
            }
            Outcome::Native(answer) if expected.agrees(&answer) => tally.equal(),
            Outcome::Native(answer) | Outcome::Handed(_, Some(answer)) => tally.differs(&set.name, &expected.difference(&answer)),
        }
    });
    for path in ground.complaints() {
        tally.differs(
            &path,
            "its body was asked for, but METADATA is all that resolving needs of a recorded wheel",
        );
    }
    tally.finish("corpus", sets.len(), handed_at_most(recorded.len()));
}

#[test]
fn each_set_has_one_answer_and_each_answer_its_set() {
    let (sets, answers) = (sets::all(), answer::read_all());
    let mut names: Vec<&String> = sets.iter().map(|set| &set.name).collect();
    names.sort();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two sets have one name");
    assert!(names.len() >= 400, "{} sets", names.len());
    let answered: Vec<&String> = answers.keys().collect();
    let without: Vec<_> = names.iter().filter(|name| !answers.contains_key(**name)).collect();
    assert_eq!(
        names, answered,
        "without an answer: {without:?}; record them (docs/testing.md)"
    );
    let failures = answers.values().filter(|answer| matches!(answer, Answer::Fails(_))).count();
    assert!(failures * 20 > sets.len() && failures * 3 < sets.len(), "{failures} failures");
    let size: u64 = walkdir::WalkDir::new(fixtures(""))
        .into_iter()
        .map(|entry| fs::metadata(entry.unwrap().path()).unwrap().len())
        .sum();
    assert!(size < 3 << 20, "the corpus is kept small: {size} bytes");
}
