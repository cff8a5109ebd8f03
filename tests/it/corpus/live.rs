//! The most used projects over the public index, alone and together: minutes to hours, so only with `SNAPENV_LIVE=1`.
//!
//! Nothing is recorded: both are asked within seconds of each other. What the index changed in between, it is asked again.

use std::{env, fs};

use serde_json::json;

use super::ground::Ground;
use super::ours::{self, Outcome};
use super::report::Reader;
use super::sets::RequirementSet;
use super::tally::Tally;
use super::{answer::Answer, fixtures, in_parallel, pip};
use crate::{interpreters, live};

/// Random unions beside the single projects.
const UNIONS: usize = 60;

#[test]
fn the_most_used_projects() {
    if !live::enabled("corpus::live::the_most_used_projects") {
        return;
    }
    let mut ground = Ground::new(Some(pip::provide()));
    live::reach_the_index(&mut ground.sandbox);
    let (sets, tally) = (questions(), Tally::default());
    in_parallel(&sets, |set| match same(&ground, set).or_else(|_| same(&ground, set)) {
        Ok(Outcome::Native(_)) => tally.equal(),
        Ok(Outcome::Handed(reason, _)) => tally.handed(&set.name, &reason),
        Err(difference) => tally.differs(&set.name, &difference),
    });
    tally.finish(
        "most used projects, public index",
        sets.len(),
        super::handed_at_most(sets.len()),
    );
}

/// The outcome of snapenv if it is pip's, else what differs.
fn same(ground: &Ground, set: &RequirementSet) -> Result<Outcome, String> {
    let expected = by_pip(ground, set);
    let outcome = ours::ask(ground, set);
    match &outcome {
        Outcome::Native(answer) if !expected.agrees(answer) => Err(expected.difference(answer)),
        Outcome::Handed(_, Some(answer)) if !expected.clone().in_no_order().agrees(answer) => Err(expected.difference(answer)),
        _ => Ok(outcome),
    }
}

fn by_pip(ground: &Ground, set: &RequirementSet) -> Answer {
    let question = ground.prepare(set);
    let command = ground.sandbox.command(ground.python(set), Vec::<&str>::new());
    let mut asked = pip::Asked::start(command, ground.pip().unwrap());
    let answer = asked.ask(&json!({"id": set.name, "arguments": question.arguments, "folder": question.folder}));
    fs::remove_dir_all(&question.folder).unwrap();
    let reader = Reader { ground, set };
    if answer["code"] == 0 {
        reader.installs(&answer["report"], Some(&answer["order"]))
    } else {
        reader.fails(answer["output"].as_str().unwrap())
    }
}

/// Each project alone, and unions of two to six that are the same in each run.
fn questions() -> Vec<RequirementSet> {
    let text = fs::read_to_string(fixtures("top-300-projects.txt")).unwrap();
    let names: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let python = interpreters::usual().major_minor();
    let set = |name: &str, lines: &[&str]| RequirementSet {
        universe: String::new(),
        ..RequirementSet::of(name, &python, lines)
    };
    let mut sets: Vec<RequirementSet> = names.iter().map(|name| set(name, &[name])).collect();
    let mut chance = 26_u64;
    let mut draw = |below: usize| {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(chance >> 33).unwrap() % below
    };
    for number in 0..UNIONS {
        let chosen: Vec<&str> = (0..2 + draw(5)).map(|_| names[draw(names.len())]).collect();
        sets.push(set(&format!("union-{number}"), &chosen));
    }
    let wanted = env::var("SNAPENV_CORPUS").unwrap_or_default();
    sets.retain(|set| wanted.split(',').any(|part| set.name.starts_with(part)));
    sets
}
