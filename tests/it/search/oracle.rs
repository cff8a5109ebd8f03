//! pip's own resolver, in one process for many universes.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::universe::Universe;
use crate::interpreters;
use crate::scratch;

/// The pip whose rules these are.
const PIP: &str = "26.3";

/// pip's own resolver.
pub(super) struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts it with the pip in a folder; without one, with that of the configured index.
    pub(super) fn start(folder: Option<PathBuf>) -> Self {
        let python = &interpreters::usual().executable;
        let folder = folder.unwrap_or_else(|| fetched(python));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/assets/search/oracle.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(folder)
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    pub(super) fn ask(&mut self, universe: &Universe) -> Value {
        writeln!(self.input, "{}", serde_json::to_string(universe).unwrap()).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let mut answer = serde_json::from_str(&line).expect("the oracle answers each line with one");
        without_reasons(&mut answer);
        answer
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Cuts why metadata is invalid: each parser has its own words for that, and pip says it again for each requirement that meets it.
pub(super) fn without_reasons(answer: &mut Value) {
    let mut kept: Vec<Value> = Vec::new();
    let Some(warnings) = answer["warnings"].as_array() else {
        return;
    };
    for warning in warnings {
        let text = warning.as_str().unwrap_or_default();
        let text = text.split(" since it has invalid metadata:").next();
        let warning = Value::from(text);
        if !kept.contains(&warning) {
            kept.push(warning);
        }
    }
    answer["warnings"] = Value::from(kept);
}

/// The pip of the configured index.
fn fetched(python: &Path) -> PathBuf {
    let folder = scratch::folder().join("oracle-pip");
    if !folder.exists() {
        let install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target"];
        let status = Command::new(python)
            .args(install)
            .arg(&folder)
            .arg(format!("pip=={PIP}"))
            .status()
            .unwrap();
        if !status.success() {
            let _ = fs::remove_dir_all(&folder);
            panic!("the campaign needs pip {PIP}: name a folder that holds it in SNAPENV_ORACLE_PIP");
        }
    }
    folder
}
