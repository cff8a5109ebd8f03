//! The pip of an empty store is made while the request is resolved: what happens when either fails, or is interrupted.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::index::{Failure, Index};
use crate::known_pip;
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

/// An empty store, and an index with a pip whose rules are known.
fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::with_empty_store(), Index::empty());
    index.publish(known_pip::wheel());
    index.publish(WheelBuilder::new("demo", "1.0").build());
    (sandbox, index)
}

fn asks_for_pip(index: &Index) -> bool {
    index.take_requests().iter().any(|request| request.path == "/simple/pip/")
}

#[test]
fn it_is_kept_where_the_request_cannot_be_met() {
    let (sandbox, index) = world();
    let run = sandbox.venv(&index, "a", "demo==9").fails_with(1);
    let _ = run.says("No matching distribution found for demo==9");
    assert!(!sandbox.work("a").exists());
    sandbox.assert_nothing_half_done();
    assert!(asks_for_pip(&index));
    let run = sandbox.venv(&index, "b", "demo").success();
    assert_eq!(run.misses(), 1, "{run}");
    assert!(!asks_for_pip(&index));
    let _ = sandbox.run(sandbox.work("b/bin/pip"), ["--version"]).success();
}

#[test]
fn it_is_kept_where_the_environment_gets_none() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "--no-seed demo").success();
    index.take_requests();
    let _ = sandbox.venv(&index, "b", "demo").success();
    assert!(!asks_for_pip(&index));
}

#[test]
fn where_it_cannot_be_made_there_is_no_environment() {
    let (sandbox, index) = (Sandbox::with_empty_store(), Index::empty());
    let odd = WheelBuilder::new("pip", known_pip::VERSION).data("nowhere", "x", "");
    index.publish(odd.build());
    index.publish(WheelBuilder::new("demo", "1.0").build());
    for environment in ["demo", "", "--no-seed demo"] {
        let run = sandbox.venv(&index, ".venv", environment).fails();
        let _ = run.says("unknown scheme key 'nowhere'");
        assert!(!sandbox.work(".venv").exists());
        sandbox.assert_nothing_half_done();
    }
}

#[test]
fn an_interrupt_leaves_nothing_of_it() {
    let (sandbox, index) = world();
    index.fail(Failure::Slow(Duration::from_millis(300)));
    let url = index.url();
    let mut command = sandbox.snapenv_command(["venv", ".venv", "-i", &url, "demo"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    // It is made from then on.
    while !index.take_requests().iter().any(|request| request.path == "/simple/demo/") {
        assert!(begun.elapsed() < Duration::from_mins(1), "the index was never asked");
        thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(!sandbox.work(".venv").exists());
    sandbox.assert_nothing_half_done();
    index.fail(Failure::None);
    let _ = sandbox.venv(&index, ".venv", "demo").success();
}
