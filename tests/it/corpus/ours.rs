//! snapenv, asked as its users ask it.

use std::fs;
use std::path::Path;

use super::answer::Answer;
use super::ground::{Ground, Question};
use super::report::Reader;
use super::sets::RequirementSet;
use crate::run::Run;

/// Who answered.
pub(super) enum Outcome {
    /// snapenv itself.
    Native(Answer),
    /// It turned to pip, for this reason; the answer if that pip was the real one, in no order: pip's report is in that of its search.
    Handed(String, Option<Answer>),
}

/// How lines begin that say why pip is asked.
const REASONS: [&str; 2] = ["pip is asked: ", "handing over to pip: "];

/// Asks for a report of what would be installed.
pub(super) fn ask(ground: &Ground, set: &RequirementSet) -> Outcome {
    let question = ground.prepare(set);
    let report = question.folder.join("report.json");
    let run = run(ground, &question, &report, &["-v"]);
    let reason = run
        .stderr
        .lines()
        .find_map(|line| REASONS.iter().find_map(|reason| line.strip_prefix(reason)));
    let started = question.notes().exists().then_some("pip was started");
    let reader = Reader { ground, set };
    let answer = |run: &Run| {
        if run.status.success() {
            let report = fs::read(&report).ok().and_then(|report| serde_json::from_slice(&report).ok());
            reader.installs(&report.unwrap_or_else(|| panic!("[{}] no report: {run}", set.name)), None)
        } else {
            reader.fails(&format!("{}\n{}", run.stdout, run.stderr))
        }
    };
    let outcome = match reason.or(started) {
        None => Outcome::Native(answer(&run)),
        Some(reason) => {
            let reason = ground.without_places(set, reason);
            // What is said with -v is not only about this question.
            let answered = ground.pip().map(|_| answer(&self::run(ground, &question, &report, &[])));
            Outcome::Handed(reason, answered.map(Answer::in_no_order))
        }
    };
    fs::remove_dir_all(&question.folder).unwrap();
    outcome
}

fn run(ground: &Ground, question: &Question, report: &Path, how: &[&str]) -> Run {
    let mut command = ground.sandbox.snapenv_command(["install", "--python"]);
    command
        .arg(question.environment())
        .args(["--dry-run", "--no-input", "--disable-pip-version-check", "--report"])
        .arg(report)
        .args(how)
        .args(&question.arguments)
        .current_dir(&question.folder)
        .env("CORPUS_HANDED", question.notes());
    if let Some(pip) = ground.pip() {
        command.env("CORPUS_PIP", pip);
    }
    ground.sandbox.finish(command)
}
