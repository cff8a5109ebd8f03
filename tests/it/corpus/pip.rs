//! Real pip, asked by `tests/corpus/ask_pip.py`: one process for each interpreter and thread, forked for each question.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, fs};

use serde_json::{Value, json};

use super::answer::Answer;
use super::ground::Ground;
use super::in_parallel;
use super::report::Reader;
use super::sets::RequirementSet;
use super::universe::PIP;
use crate::interpreters;

/// The pip that answers, unpacked; fetched once from the index that the caller's pip is configured for.
pub(super) fn provide() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pip-{PIP}"));
    if !folder.join("pip").is_dir() {
        fs::create_dir_all(&folder).unwrap();
        let python = interpreters::usual();
        let status = Command::new(&python.executable)
            .arg(python.pip_wheel().join("pip"))
            .args(["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"])
            .arg(&folder)
            .arg(format!("pip=={PIP}"))
            .status()
            .unwrap();
        assert!(status.success(), "pip {PIP} cannot be fetched");
        let wheel = fs::File::open(folder.join(format!("pip-{PIP}-py3-none-any.whl"))).unwrap();
        zip::ZipArchive::new(wheel).unwrap().extract(&folder).unwrap();
        // It is to see environments without itself.
        fs::remove_dir_all(folder.join(format!("pip-{PIP}.dist-info"))).unwrap();
    }
    folder
}

/// A process that answers questions, one after the other.
pub(super) struct Asked {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Asked {
    /// Starts the pip in `folder` on `python`; `command` has the environment that it is to see.
    pub(super) fn start(mut command: Command, folder: &Path) -> Self {
        let mut child = command
            // Distributions of the interpreter itself are no part of any question.
            .args(["-s", "-S"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/ask_pip.py"))
            .env("PYTHONPATH", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (questions, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self {
            child,
            questions,
            answers: BufReader::new(answers),
        }
    }

    /// pip's answer to a question, as `ask_pip.py` describes it.
    pub(super) fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.questions, "{question}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("pip did not answer {question}"))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// pip's answers to all sets.
pub(super) fn ask_all(ground: &Ground, sets: &[RequirementSet]) -> BTreeMap<String, Answer> {
    let folder = ground.pip().map_or_else(provide, Path::to_owned);
    let mut by_python: BTreeMap<&str, Vec<&RequirementSet>> = BTreeMap::new();
    for set in sets {
        by_python.entry(&set.python).or_default().push(set);
    }
    // Pieces small enough that no thread is left with the slow ones.
    let pieces: Vec<&[&RequirementSet]> = by_python.values().flat_map(|sets| sets.chunks(24)).collect();
    let answers = in_parallel(&pieces, |sets| {
        let command = ground.sandbox.command(ground.python(sets[0]), Vec::<&str>::new());
        let mut asked = Asked::start(command, &folder);
        let answers: Vec<(String, Answer)> = sets
            .iter()
            .map(|set| (set.name.clone(), ask(ground, set, &mut asked)))
            .collect();
        answers
    });
    answers.into_iter().flatten().collect()
}

fn ask(ground: &Ground, set: &RequirementSet, asked: &mut Asked) -> Answer {
    let mut question = ground.prepare(set);
    question.arguments.push("--no-cache-dir".to_owned());
    let answer = asked.ask(&json!({
        "id": set.name,
        "arguments": question.arguments,
        "folder": question.folder,
        "installed": question.installed(),
    }));
    fs::remove_dir_all(&question.folder).unwrap();
    let reader = Reader { ground, set };
    if answer["code"] == 0 {
        reader.installs(&answer["report"], Some(&answer["order"]))
    } else {
        reader.fails(answer["output"].as_str().unwrap())
    }
}
