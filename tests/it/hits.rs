//! Promise four, and the speed of a hit: who is asked when, and what a hit does not do.

use std::fs;
use std::net::TcpListener;

use crate::index::{Index, MetadataFiles, Pips};
use crate::sandbox::Sandbox;
use crate::skipped::skipped;
use crate::wheel_builder::WheelBuilder;

fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::of_hollow_pip());
    index.publish(WheelBuilder::new("demo", "1.0").requires("helper>=1").build());
    for version in ["1.0", "2.0"] {
        index.publish(WheelBuilder::new("helper", version).build());
        index.publish(WheelBuilder::new("other", version).build());
    }
    (sandbox, index)
}

fn version_of(sandbox: &Sandbox, environment: &str, module: &str) -> String {
    let program = format!("import {module}; print({module}.__version__)");
    let run = sandbox
        .run(sandbox.work(environment).join("bin/python"), ["-c", &program])
        .success();
    run.stdout.trim().to_owned()
}

#[test]
fn an_open_request_asks_the_index_again() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "demo").success();
    index.take_requests();
    let run = sandbox.venv(&index, "b", "demo").success();
    assert_eq!(run.misses(), 0, "{run}");
    let asked = index.take_requests();
    assert!(asked.iter().any(|request| request.path == "/simple/demo/"), "{asked:?}");
    index.publish(WheelBuilder::new("demo", "1.1").build());
    let _ = sandbox.venv(&index, "c", "demo").success();
    assert_eq!(version_of(&sandbox, "c", "demo"), "1.1");
}

#[test]
fn the_newest_pip_is_found_without_running_one() {
    // At an address that no sandbox begins with.
    let (sandbox, index) = (
        Sandbox::new(),
        Index::offering_at(Pips::Real, TcpListener::bind("127.0.0.1:0").unwrap()),
    );
    let run = sandbox.venv(&index, "a", "-v --no-deps pip").success();
    let (said, asked) = (run.stderr.as_str(), index.take_requests());
    assert!(said.contains("looking for the newest pip"), "{run}");
    assert!(!said.contains("pip looks for a newer one"), "{run}");
    assert!(asked.iter().any(|request| request.path == "/simple/pip/"), "{asked:?}");
}

#[test]
fn a_dependencys_new_version_is_seen_too() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "demo").success();
    index.publish(WheelBuilder::new("helper", "3.0").build());
    let _ = sandbox.venv(&index, "b", "demo").success();
    assert_eq!(version_of(&sandbox, "b", "helper"), "3.0");
}

#[test]
fn allowed_ages_and_offline_ask_nobody() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "demo").success();
    index.publish(WheelBuilder::new("demo", "1.1").build());
    index.take_requests();
    for (folder, option) in [("b", "--max-age 1h"), ("c", "--offline")] {
        let _ = sandbox.venv(&index, folder, &format!("{option} demo")).success();
        index.assert_not_asked();
        assert_eq!(version_of(&sandbox, folder, "demo"), "1.0");
    }
    let _ = sandbox.venv(&index, "d", "--offline never-seen").fails_with(1);
    index.assert_not_asked();
    assert!(!sandbox.work("d").exists());
}

#[test]
fn refresh_asks_even_for_pins() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "demo==1.0 helper==2.0").success();
    index.take_requests();
    let _ = sandbox.venv(&index, "b", "--refresh demo==1.0 helper==2.0").success();
    assert!(index.take_requests().iter().any(|request| request.path == "/simple/demo/"));
}

#[test]
fn a_complete_set_of_pins_asks_nobody() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "demo==1.0 helper==2.0").success();
    let _ = sandbox.venv(&index, "b", "other==1.0").success();
    index.take_requests();
    let run = sandbox.venv(&index, "c", "demo==1.0 helper==2.0").success();
    index.assert_not_asked();
    assert_eq!(run.misses(), 0, "{run}");
    // A combination that was never asked for, of artifacts that are known.
    let run = sandbox.venv(&index, "d", "demo==1.0 helper==2.0 other==1.0").success();
    index.assert_not_asked();
    assert_eq!(run.misses(), 0, "{run}");
    assert_eq!(version_of(&sandbox, "d", "other"), "1.0");
}

#[test]
fn an_incomplete_set_of_pins_asks_for_the_rest() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "demo==1.0 helper==2.0").success();
    index.publish(WheelBuilder::new("helper", "4.0").build());
    let _ = sandbox.venv(&index, "b", "demo==1.0").success();
    assert_eq!(version_of(&sandbox, "b", "helper"), "4.0");
}

#[test]
fn an_index_without_metadata_files_will_do() {
    let (sandbox, index) = world();
    index.metadata_files(MetadataFiles::Absent);
    let _ = sandbox.venv(&index, "a", "demo").success();
    let run = sandbox.venv(&index, "b", "demo").success();
    assert_eq!(run.misses(), 0, "{run}");
}

#[test]
fn a_changed_tree_reaches_no_new_environment() {
    let (sandbox, index) = world();
    let _ = sandbox
        .venv(&index, "a", "--link-mode hardlink demo==1.0 helper==2.0")
        .success();
    let module = sandbox.python().site_packages(&sandbox.work("a")).join("demo/__init__.py");
    let mut permissions = fs::metadata(&module).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    fs::set_permissions(&module, permissions).unwrap();
    fs::write(&module, "__version__ = 'poisoned'\n").unwrap();
    let _ = sandbox.venv(&index, "b", "demo==1.0 helper==2.0").success();
    assert_eq!(version_of(&sandbox, "b", "demo"), "1.0");
}

#[test]
fn a_hit_starts_no_process_and_opens_no_socket() {
    let (sandbox, index) = world();
    if !sandbox.run("sh", ["-c", "command -v strace"]).status.success() {
        skipped("that a hit starts no process and opens no socket", "there is no strace");
        return;
    }
    let _ = sandbox.venv(&index, "a", "demo==1.0 helper==2.0").success();
    index.take_requests();
    let log = sandbox.root().join("strace.log");
    let url = index.url();
    let mut command = sandbox.command("strace", ["-f", "-qq", "-e", "trace=execve,socket,connect", "-o"]);
    command.arg(&log).arg(env!("CARGO_BIN_EXE_snapenv"));
    command.args(["venv", "b", "-i", &url, "demo==1.0", "helper==2.0"]);
    let run = sandbox.finish(command);
    if run.stderr.contains("ptrace") {
        skipped(
            "that a hit starts no process and opens no socket",
            "tracing is not permitted here",
        );
        return;
    }
    let run = run.success();
    assert_eq!(run.misses(), 0, "{run}");
    let calls = fs::read_to_string(&log).unwrap();
    let calls: Vec<&str> = calls.lines().filter(|line| line.contains('(')).collect();
    assert_eq!(calls.len(), 1, "{calls:#?}");
    assert!(calls[0].contains("execve("), "{calls:#?}");
    index.assert_not_asked();
}
