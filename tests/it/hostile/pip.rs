//! What pip says of the same files, asked again.

use std::env;
use std::process::Command;

use super::manifest::{cases, folder, root};
use crate::interpreters;
use crate::skipped::skipped;

#[test]
fn pip_does_what_the_manifest_says() {
    let Some(pip) = env::var_os("SNAPENV_HOSTILE_PIP") else {
        skipped(
            "hostile::pip",
            "set SNAPENV_HOSTILE_PIP to a folder (or wheel) with pip 26.3 to ask it again",
        );
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new(&interpreters::usual().executable);
    let command = command
        .arg(root().join("tests/hostile/ask_pip.py"))
        .arg(pip)
        .arg(place.path());
    let output = command.arg(folder().join("manifest.txt")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for case in cases().into_iter().filter(|case| case.kind != "archive") {
        let line = said.lines().find_map(|line| line.strip_prefix(&format!("{} ", case.file)));
        asked += 1;
        if line != Some(case.pip.as_str()) {
            wrong.push(format!("{}: expected {}, got {line:?}", case.file, case.pip));
        }
    }
    assert!(wrong.is_empty() && asked > 100, "{asked} asked, {wrong:#?}");
}
