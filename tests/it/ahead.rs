//! Wheels of pins are made while the answer is still being looked for.

use std::thread;
use std::time::Duration;

use crate::index::{Failure, Index};
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

/// A project in two versions, and what one of these needs.
fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(WheelBuilder::new("demo", "1.0").requires("helper>=2").build());
    for version in ["1.0", "2.0"] {
        index.publish(WheelBuilder::new("helper", version).build());
    }
    (sandbox, index)
}

/// How often each wheel was asked for since the last call, pip's apart.
fn fetched(index: &Index) -> Vec<String> {
    let wheels = index.take_requests().into_iter().map(|request| request.path);
    let mut wheels: Vec<String> = wheels
        .filter_map(|path| Some(path.strip_suffix(".whl")?.rsplit('/').next()?.to_owned()))
        .filter(|name| !name.starts_with("pip-"))
        .collect();
    wheels.sort();
    wheels
}

#[test]
fn each_wheel_is_fetched_once_and_counted_as_made() {
    let (sandbox, index) = world();
    let run = sandbox.venv(&index, "a", "demo==1.0 helper==2.0").success();
    assert_eq!(run.misses(), 2, "{run}");
    let _ = run.says("(0 hits, 2 misses)");
    assert_eq!(fetched(&index), ["demo-1.0-py3-none-any", "helper-2.0-py3-none-any"]);
    // Asked again, with everything in the store.
    let run = sandbox.venv(&index, "b", "--refresh demo==1.0 helper==2.0").success();
    let _ = run.says("(2 hits, 0 misses)");
    assert!(fetched(&index).is_empty());
}

#[test]
fn who_wants_the_same_wheel_waits_for_whoever_fetches_it() {
    let (sandbox, index) = world();
    index.fail(Failure::SlowWheels(Duration::from_millis(400)));
    thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            let (sandbox, index) = (&sandbox, &index);
            // The second needs no pin to know its wheel, and the index tells its digest all the same.
            scope.spawn(move || sandbox.venv(index, name, "--no-seed demo==1.0 helper").success());
        }
    });
    assert_eq!(fetched(&index), ["demo-1.0-py3-none-any", "helper-2.0-py3-none-any"]);
}

#[test]
fn pins_that_do_not_fit_together_leave_nothing_half_done() {
    let (sandbox, index) = world();
    let _ = sandbox
        .venv(&index, "a", "demo==1.0 helper==1.0")
        .fails_with(1)
        .says("conflict");
    assert!(!sandbox.work("a").exists());
    sandbox.assert_nothing_half_done();
}

#[test]
fn a_dry_run_fetches_no_wheel() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "").success();
    let url = index.url();
    let mut command = sandbox.snapenv_command(["install", "--dry-run", "-i", &url, "demo==1.0", "helper==2.0"]);
    command.env("VIRTUAL_ENV", sandbox.work("a"));
    let _ = sandbox.finish(command).success().says("Would install demo-1.0 helper-2.0");
    assert!(fetched(&index).is_empty());
}

#[test]
fn a_wheel_that_cannot_be_made_is_refused_as_ever() {
    let (sandbox, index) = world();
    index.publish(WheelBuilder::new("odd", "1.0").data("nowhere", "x", "").build());
    let run = sandbox.venv(&index, "a", "demo==1.0 helper==2.0 odd==1.0").fails();
    let _ = run.says("unknown scheme key 'nowhere'");
    assert!(!sandbox.work("a").exists());
    sandbox.assert_nothing_half_done();
    let run = sandbox.venv(&index, "a", "demo==1.0 helper==2.0").success();
    let _ = sandbox
        .run(sandbox.work("a/bin/python"), ["-c", "import demo, helper"])
        .success();
    assert!(run.misses() <= 2, "{run}");
}
