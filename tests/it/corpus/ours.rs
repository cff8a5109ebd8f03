//! snapenv, asked as its users ask it.

use std::fs;

use serde_json::Value;

use super::answer::Answer;
use super::ground::{Ground, Question};
use super::report::Reader;
use super::sets::RequirementSet;
use crate::run::Run;

/// Who answered.
pub(super) enum Outcome {
    /// snapenv itself.
    Native(Answer),
    /// It turned to pip, which is not there: the answer would be pip's.
    Handed,
    /// It turned to real pip, which answered.
    HandedAnd(Answer),
}

/// Asks for a report of what would be installed; for the causes, once more and not quietly, if nothing can be.
pub(super) fn ask(ground: &Ground, set: &RequirementSet) -> Outcome {
    let question = ground.prepare(set);
    let run = run(ground, &question, &["--quiet"]);
    let handed = question.notes().exists();
    let reader = Reader { ground, set };
    let outcome = if handed && ground.pip().is_none() {
        Outcome::Handed
    } else {
        let answer = if run.status.success() {
            let report: Value =
                serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("[{}] no report, {error}: {run}", set.name));
            reader.installs(&report, None)
        } else {
            let loud = self::run(ground, &question, &[]);
            reader.fails(&format!("{}\n{}", loud.stdout, loud.stderr))
        };
        if handed {
            Outcome::HandedAnd(answer)
        } else {
            Outcome::Native(answer)
        }
    };
    fs::remove_dir_all(&question.folder).unwrap();
    outcome
}

fn run(ground: &Ground, question: &Question, how: &[&str]) -> Run {
    let mut command = ground.sandbox.snapenv_command(["install", "--python"]);
    command
        .arg(question.environment())
        .args(["--dry-run", "--no-input", "--disable-pip-version-check", "--report", "-"])
        .args(how)
        .args(&question.arguments)
        .current_dir(&question.folder)
        .env("CORPUS_HANDED", question.notes());
    if let Some(pip) = ground.pip() {
        command.env("CORPUS_PIP", pip);
    }
    ground.sandbox.finish(command)
}
