//! The control of the comparisons: pip against pip. What differs here differs between any two runs, and no test may demand it.

use std::fs;

use crate::index::Index;
use crate::pip_oracle::Oracle;
use crate::sandbox::Sandbox;
use crate::scenarios::{self, Scenario};
use crate::tree::assert_same;

fn pip_equals_itself(scenario: Scenario) {
    let (sandbox, index) = (Sandbox::new(), Index::of_real_pips());
    let arguments = scenario(&sandbox, &index);
    let oracle = Oracle::new(&sandbox, &index);
    let [first, second] = ["first", "second"].map(|name| {
        let (made, kept) = (sandbox.work(".venv"), sandbox.work(name));
        oracle.venv(&made);
        let _ = oracle.install(&made, &arguments).success();
        fs::rename(&made, &kept).unwrap();
        kept
    });
    assert_same(&first, &second, &sandbox.python().executable);
}

#[test]
fn wheels() {
    pip_equals_itself(scenarios::wheels);
}

#[test]
fn sdists() {
    pip_equals_itself(scenarios::sdists);
}

#[test]
fn direct() {
    pip_equals_itself(scenarios::direct);
}
