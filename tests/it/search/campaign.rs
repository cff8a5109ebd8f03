//! Random universes, searched by snapenv and by pip.
//!
//! Digests of pip's answers to the first seeds are recorded, so that every run compares with pip without having it.
//! `SNAPENV_CAMPAIGN=N cargo test --test it search::campaign` asks real pip about N universes (from seed `SNAPENV_CAMPAIGN_FROM`, 0 if it
//! is not set) and shrinks what differs; `SNAPENV_CAMPAIGN=record` records anew. pip 26.3 is taken from the folder that
//! `SNAPENV_ORACLE_PIP` names, else from the configured index.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::memory::answer;
use super::oracle::Oracle;
use super::random::universe;
use super::universe::Universe;

/// So many answers are recorded.
const RECORDED: u64 = 1500;

fn recording() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/assets/search/recorded.txt")
}

fn oracle() -> Oracle {
    Oracle::start(std::env::var_os("SNAPENV_ORACLE_PIP").map(PathBuf::from))
}

/// Whether pip ended with something that is no answer: what snapenv makes of that does not matter.
fn is_crash(answer: &Value) -> bool {
    answer.get("crash").is_some()
}

/// How the answer is recorded: its kind, and a digest of all of it.
fn recorded(answer: &Value) -> String {
    let kind = if answer.get("impossible").is_some() {
        "impossible"
    } else if is_crash(answer) {
        return "crash".to_owned();
    } else if answer.get("deep").is_some() {
        "deep"
    } else {
        "found"
    };
    let digest = blake3::hash(answer.to_string().as_bytes()).to_hex();
    format!("{kind} {}", &digest[..16])
}

#[test]
fn universes_are_searched_as_pip_searched_them() {
    let text = fs::read_to_string(recording()).unwrap();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut different = Vec::new();
    for (seed, line) in text.lines().enumerate() {
        *kinds.entry(line.split(' ').next().unwrap_or_default()).or_default() += 1;
        let seed = u64::try_from(seed).unwrap();
        if line != "crash" && recorded(&answer(&universe(seed))) != line {
            different.push(seed);
        }
    }
    assert!(kinds["found"] > 500 && kinds["impossible"] > 300, "{kinds:?}");
    assert!(
        different.is_empty(),
        "pip answers seeds {different:?} otherwise; SNAPENV_CAMPAIGN=1 SNAPENV_CAMPAIGN_FROM=SEED shows how"
    );
}

#[test]
fn campaign() {
    let Some(wanted) = std::env::var("SNAPENV_CAMPAIGN").ok() else {
        return;
    };
    let mut oracle = oracle();
    if wanted == "record" {
        let mut text = String::new();
        for seed in 0..RECORDED {
            writeln!(text, "{}", recorded(&oracle.ask(&universe(seed)))).unwrap();
        }
        fs::write(recording(), text).unwrap();
        return;
    }
    for universe in super::rules::universes() {
        let theirs = oracle.ask(&universe);
        if differs(&universe, &theirs) {
            show(0, &universe, &mut oracle);
        }
        assert!(!differs(&universe, &theirs));
    }
    let from: u64 = std::env::var("SNAPENV_CAMPAIGN_FROM").map_or(0, |text| text.parse().unwrap());
    let count: u64 = wanted.parse().expect("SNAPENV_CAMPAIGN is a number of universes");
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut failures = 0;
    for seed in from..from + count {
        let universe = universe(seed);
        let theirs = oracle.ask(&universe);
        let kind = recorded(&theirs);
        let crash = theirs["crash"].as_str().map(|text| text.chars().take(60).collect());
        let kind = crash.unwrap_or_else(|| kind.split(' ').next().unwrap_or_default().to_owned());
        *kinds.entry(kind).or_default() += 1;
        if differs(&universe, &theirs) {
            failures += 1;
            show(seed, &shrunk(universe, &mut oracle), &mut oracle);
        }
        assert!(failures < 5, "enough");
    }
    crate::skipped::say(&format!("campaign: {count} universes, {kinds:?}, {failures} differ"));
    assert_eq!(failures, 0);
}

fn differs(universe: &Universe, theirs: &Value) -> bool {
    !is_crash(theirs) && answer(universe) != *theirs
}

/// A small universe of which the answers differ as well.
fn shrunk(mut universe: Universe, oracle: &mut Oracle) -> Universe {
    'again: loop {
        for smaller in universe.smaller() {
            let theirs = oracle.ask(&smaller);
            if differs(&smaller, &theirs) {
                universe = smaller;
                continue 'again;
            }
        }
        return universe;
    }
}

fn show(seed: u64, universe: &Universe, oracle: &mut Oracle) {
    let theirs = serde_json::to_string_pretty(&oracle.ask(universe)).unwrap();
    let ours = serde_json::to_string_pretty(&answer(universe)).unwrap();
    crate::skipped::say(&format!("seed {seed}\n{universe}pip: {theirs}\nsnapenv: {ours}"));
}
