//! Compiled files, compared by the interpreter that can read them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use super::Difference;

#[derive(Deserialize)]
struct Found {
    path: String,
    what: String,
}

/// Compares the compiled files `paths` of both environments, in one process.
pub(super) fn compare(paths: &[String], pip: &Path, ours: &Path, python: &Path) -> Vec<Difference> {
    if paths.is_empty() {
        return Vec::new();
    }
    let mut child = Command::new(python)
        .args(["-I", "-c", include_str!("../assets/compare_bytecode.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let question = json!({ "paths": paths, "pip": pip, "ours": ours }).to_string();
    // The process reads all before it writes anything.
    child.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "comparing compiled files failed (see stderr)");
    let found: Vec<Found> = serde_json::from_slice(&output.stdout).unwrap();
    let differences = found
        .into_iter()
        .map(|Found { path, what }| Difference::Bytecode { path, what });
    differences.collect()
}
