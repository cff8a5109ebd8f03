//! Promise one: file for file what pip makes, on the first run and on the one from the store.

use std::fs;
use std::path::{Path, PathBuf};

use crate::index::Index;
use crate::interpreters;
use crate::pip_oracle::Oracle;
use crate::sandbox::Sandbox;
use crate::scenarios::{self, Scenario};
use crate::tree::assert_same;

/// A scenario under test.
struct Case {
    sandbox: Sandbox,
    index: Index,
    arguments: Vec<String>,
    /// Where environments are made; pip's is moved aside afterwards.
    folder: PathBuf,
}

impl Case {
    fn new(scenario: Scenario, folder: &str) -> Self {
        Self::of(Sandbox::new(), scenario, folder)
    }

    fn of(sandbox: Sandbox, scenario: Scenario, folder: &str) -> Self {
        let index = Index::of_real_pips();
        let arguments = scenario(&sandbox, &index);
        let folder = sandbox.work(folder);
        fs::create_dir_all(folder.parent().unwrap()).unwrap();
        Self {
            sandbox,
            index,
            arguments,
            folder,
        }
    }

    /// Compares pip's environment with ours, built and from the store, and returns the latter.
    fn compare(&self) -> &Path {
        let pip = self.sandbox.work("made-by-pip");
        let oracle = Oracle::new(&self.sandbox, &self.index);
        oracle.venv(&self.folder);
        let _ = oracle.install(&self.folder, &self.arguments).success();
        fs::rename(&self.folder, &pip).unwrap();
        let python = &self.sandbox.python().executable;

        self.fill();
        assert_same(&pip, &self.folder, python);
        fs::rename(&self.folder, self.sandbox.work("first")).unwrap();

        self.fill();
        assert_same(&pip, &self.folder, python);
        &self.folder
    }

    fn fill(&self) {
        let url = self.index.url();
        let mut command = self.sandbox.snapenv_command(["venv"]);
        command.arg(&self.folder).args(["-i", &url]).args(&self.arguments);
        let _ = self.sandbox.finish(command).success();
    }

    fn runs(&self, script: &str, text: &str) {
        let run = self.sandbox.run(self.folder.join("bin").join(script), Vec::<&str>::new());
        let _ = run.says(text);
    }
}

#[test]
fn overlapping_files_have_pips_winner() {
    Case::new(scenarios::overlaps, ".venv").compare();
}

#[test]
fn sdists_are_built() {
    let case = Case::new(scenarios::sdists, ".venv");
    case.compare();
    case.runs("pure", "pure");
    if case.arguments.iter().any(|name| name == "native") {
        let program = "from native import _answer; print(_answer.answer())";
        let run = case.sandbox.run(case.folder.join("bin/python"), ["-c", program]);
        let _ = run.success().says("42");
    }
}

#[test]
fn requirements_files_with_constraints_extras_and_markers() {
    Case::new(scenarios::files, ".venv").compare();
}

#[test]
fn pre_releases_platform_wheels_and_no_deps() {
    Case::new(scenarios::options, ".venv").compare();
}

#[test]
fn hashes_that_match() {
    Case::new(scenarios::hashes, ".venv").compare();
}

#[test]
fn paths_addresses_and_editable_projects() {
    let case = Case::new(scenarios::direct, ".venv");
    case.compare();
    case.runs("editable", "editable");
}

#[test]
fn a_path_too_long_for_an_interpreter_line() {
    let case = Case::new(scenarios::wheels, &format!("{}/.venv", "long".repeat(32)));
    case.compare();
    case.runs("entry", "ran");
    case.runs("schemes-python", "1.0");
    case.runs("pip", "Usage");
}

#[test]
fn a_path_with_spaces() {
    let case = Case::new(scenarios::wheels, "with some space/.venv");
    case.compare();
    case.runs("entry", "ran");
    // Scripts with `#!python` are broken in such a path by pip, too: it writes the path as it is.
}

#[test]
fn every_interpreter_gets_a_working_environment() {
    for python in interpreters::oldest_and_newest() {
        let case = Case::of(Sandbox::with(python), scenarios::wheels, ".venv");
        case.compare();
        case.runs("entry", "ran");
        let program = "import sys, schemes, schemes_plat; print(sys.prefix, sys.version_info[:2])";
        let run = case.sandbox.run(case.folder.join("bin/python"), ["-c", program]).success();
        let _ = run
            .says(case.folder.to_str().unwrap())
            .says(&format!("({}, {})", python.version.0, python.version.1));
        let listed = case
            .sandbox
            .run(case.folder.join("bin/pip"), ["list", "--disable-pip-version-check"]);
        let _ = listed.success().says("Entry.Points");
    }
}
