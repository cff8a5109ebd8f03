//! Promise three: what fails, fails with pip's exit code and a reason, and leaves everything as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::artifact::Artifact;
use crate::index::{Failure, Index};
use crate::nobody::as_nobody;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::{Kind, SdistBuilder};
use crate::tree::Listing;
use crate::wheel_builder::{Record, WheelBuilder};

/// What later runs are answered from; pages and downloads of an index may grow on the way to a failure.
const ANSWERS: [&str; 4] = ["v1/requests", "v1/snapshots", "v1/archives", "v1/trees"];

/// A sandbox whose store knows the interpreter and pip, so that what changes from here on is the failure's doing.
fn world() -> (Sandbox, Index, Artifact) {
    world_over(Index::start)
}

/// Where the rules of pip are known, wheels of pins are made, and kept, before it is known that the request cannot be met.
fn world_where_nothing_is_made_ahead() -> (Sandbox, Index, Artifact) {
    world_over(Index::of_real_pips)
}

fn world_over(start: fn() -> Index) -> (Sandbox, Index, Artifact) {
    let (sandbox, index) = (Sandbox::new(), start());
    let demo = WheelBuilder::new("demo", "1.0").build();
    index.publish(demo.clone());
    let _ = sandbox.venv(&index, "warm", "").success();
    (sandbox, index, demo)
}

/// Demands exit code 1 of `snapenv venv .venv`, and that working folder and store answer as before.
#[track_caller]
fn fails_without_a_trace(sandbox: &Sandbox, index: &Index, arguments: &str) -> Run {
    let state = || {
        let mut text = Listing::fingerprint(&sandbox.work(""));
        for folder in ANSWERS {
            text.push_str(&Listing::fingerprint(&sandbox.cache(folder)));
        }
        text
    };
    let before = state();
    let run = sandbox.venv(index, ".venv", arguments).fails_with(1);
    assert!(!sandbox.work(".venv").exists(), "a half-made environment is left\n{run}");
    assert!(state() == before, "a failure changed the working folder or the store\n{run}");
    sandbox.assert_nothing_half_done();
    assert!(!run.output().contains("panicked"), "{run}");
    run
}

#[test]
fn an_impossible_pin() {
    let (sandbox, index, _) = world();
    let _ = fails_without_a_trace(&sandbox, &index, "demo==99")
        .says("demo==99")
        .says("1.0");
    let _ = fails_without_a_trace(&sandbox, &index, "no-such-project").says("no-such-project");
}

#[test]
fn requirements_that_contradict_each_other() {
    let (sandbox, index, _) = world_where_nothing_is_made_ahead();
    index.publish(WheelBuilder::new("other", "1.0").requires("demo>=2").build());
    let _ = fails_without_a_trace(&sandbox, &index, "demo==1.0 other").says("demo");
}

#[test]
fn a_missing_requirements_file() {
    let (sandbox, index, _) = world();
    let _ = fails_without_a_trace(&sandbox, &index, "-r nowhere.txt").says("nowhere.txt");
    sandbox.write("outer.txt", "demo\n-r inner.txt\n");
    let _ = fails_without_a_trace(&sandbox, &index, "-r outer.txt").says("inner.txt");
}

#[test]
fn a_requirement_that_cannot_be_read_is_pointed_at() {
    let (sandbox, index, _) = world();
    sandbox.write("requirements.txt", "demo\ndemo=>1.0\n");
    let run = fails_without_a_trace(&sandbox, &index, "-r requirements.txt");
    let run = run.says("requirements.txt").says("demo=>1.0");
    assert!(
        run.stderr
            .lines()
            .any(|line| line.trim_start_matches([' ', '|']).starts_with('^')),
        "{run}"
    );
}

#[test]
fn hashes_that_do_not_match() {
    let (sandbox, index, demo) = world_where_nothing_is_made_ahead();
    let wrong = "0".repeat(64);
    sandbox.write("locked.txt", format!("demo==1.0 --hash=sha256:{wrong}\n"));
    let run = fails_without_a_trace(&sandbox, &index, "--require-hashes -r locked.txt");
    let _ = run.says(&wrong).says(&demo.sha256());
    sandbox.write("locked.txt", "demo==1.0\n");
    let _ = fails_without_a_trace(&sandbox, &index, "--require-hashes -r locked.txt").says("demo");
}

#[test]
fn files_that_are_not_what_the_index_promised() {
    let (sandbox, index, _) = world();
    index.fail(Failure::CorruptFiles);
    let _ = fails_without_a_trace(&sandbox, &index, "demo").says("demo");
    index.fail(Failure::TruncatedFiles);
    // Each attempt after the first is waited for longer.
    let _ = fails_without_a_trace(&sandbox, &index, "--retries 1 demo").says("demo");
    index.fail(Failure::None);
    let _ = sandbox.venv(&index, ".venv", "demo").success();
}

#[test]
fn an_index_that_does_not_answer() {
    let (mut sandbox, index, _) = world();
    sandbox.set("PIP_RETRIES", "1");
    for failure in [Failure::Status(500), Failure::Status(404), Failure::Down] {
        index.fail(failure);
        let _ = fails_without_a_trace(&sandbox, &index, "demo");
    }
    let gone = Index::empty().url();
    // Another index may have another pip: which one is found out, and kept, at its first use.
    let _ = sandbox.venv(&index, ".venv", &format!("-i {gone} demo")).fails();
    let run = fails_without_a_trace(&sandbox, &index, &format!("-i {gone} demo"));
    let _ = run.says("127.0.0.1");
}

#[test]
fn a_known_request_survives_an_index_that_is_down_only_when_allowed() {
    let (mut sandbox, index, _) = world();
    sandbox.set("PIP_RETRIES", "0");
    let _ = sandbox.venv(&index, "known", "demo").success();
    index.fail(Failure::Down);
    let _ = fails_without_a_trace(&sandbox, &index, "demo");
    let _ = sandbox.venv(&index, ".venv", "--offline demo").success();
}

#[test]
fn wheels_that_cannot_be_installed() {
    let (sandbox, index, _) = world();
    let foreign = WheelBuilder::new("foreign", "1.0").tag("cp27-none-win32").build();
    let path = foreign.write_to(&sandbox.work("wheels"));
    index.publish(foreign);
    let _ = fails_without_a_trace(&sandbox, &index, path.to_str().unwrap()).says("foreign-1.0-cp27-none-win32.whl");
    let _ = fails_without_a_trace(&sandbox, &index, "foreign").says("foreign");
    index.publish(WheelBuilder::new("unlisted", "1.0").record(Record::Absent).build());
    let _ = fails_without_a_trace(&sandbox, &index, "unlisted").says("RECORD");
    index.publish(
        WheelBuilder::new("escaping", "1.0")
            .file("../../../../../../escaped.py", "")
            .build(),
    );
    let _ = fails_without_a_trace(&sandbox, &index, "escaping").says("escaped.py");
    sandbox.write("wheels/broken-1.0-py3-none-any.whl", "no zip");
    let _ = fails_without_a_trace(&sandbox, &index, "./wheels/broken-1.0-py3-none-any.whl").says("broken-1.0");
}

#[test]
fn an_sdist_that_does_not_build() {
    let (sandbox, index, _) = world();
    index.publish(SdistBuilder::new("broken", "1.0").kind(Kind::Broken).build());
    let _ = fails_without_a_trace(&sandbox, &index, "broken")
        .says("broken")
        .says("libnothing.h");
}

#[test]
fn a_requirement_where_the_folder_belongs() {
    let sandbox = Sandbox::new();
    for requirement in ["six==1.17.0", "django>=4,<5", "requests[socks]"] {
        let run = sandbox.snapenv(["venv", requirement]).fails_with(2);
        let _ = run.says(requirement).says("hint: name the folder first");
        assert!(fs::read_dir(sandbox.work("")).unwrap().next().is_none());
    }
    let _ = sandbox.snapenv(["venv", "--no-seed", "./a[b]"]).success();
}

#[test]
fn a_folder_that_is_no_environment() {
    let (sandbox, index, _) = world();
    sandbox.write("full/precious.txt", "x");
    let before = Listing::fingerprint(&sandbox.work(""));
    let _ = sandbox.venv(&index, "full", "demo").fails().says("full");
    sandbox.write("file", "x");
    let _ = sandbox.venv(&index, "file", "demo").fails().says("file");
    fs::remove_file(sandbox.work("file")).unwrap();
    assert_eq!(Listing::fingerprint(&sandbox.work("")), before);
    fs::create_dir(sandbox.work("empty")).unwrap();
    let _ = sandbox.venv(&index, "empty", "demo").success();
    // As `python -m venv --clear`: whatever is there goes.
    let _ = sandbox.venv(&index, "full", "--clear demo").success();
    assert!(!sandbox.work("full/precious.txt").exists());
}

#[test]
fn an_environment_survives_the_failure_of_its_replacement() {
    let (sandbox, index, _) = world();
    let _ = sandbox.venv(&index, ".venv", "demo").success();
    let before = Listing::fingerprint(&sandbox.work(""));
    let _ = sandbox.venv(&index, ".venv", "--clear demo==99").fails_with(1);
    assert_eq!(Listing::fingerprint(&sandbox.work("")), before);
}

#[test]
fn a_folder_that_may_not_be_written() {
    let (sandbox, index, _) = world();
    let parent = sandbox.work("locked");
    fs::create_dir(&parent).unwrap();
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o555)).unwrap();
    let url = index.url();
    let arguments = ["venv", "locked/.venv", "-i", &url, "demo"];
    let command = if rustix::process::geteuid().is_root() {
        let Some((mut command, _)) = as_nobody(&sandbox, "a folder that may not be written") else {
            return;
        };
        command.args(arguments);
        command
    } else {
        sandbox.snapenv_command(arguments)
    };
    let _ = sandbox.finish(command).fails_with(1).says("locked");
    assert!(Listing::of(&parent).0.is_empty());
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn usage_errors_exit_with_two() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .snapenv(["venv", "--no-such-option"])
        .fails_with(2)
        .says("--no-such-option");
    let _ = sandbox
        .snapenv(["venv", ".venv", "--link-mode", "magic"])
        .fails_with(2)
        .says("magic");
}

#[test]
fn an_interpreter_that_is_not_there() {
    let (sandbox, index, _) = world();
    let _ = sandbox.venv(&index, ".venv", "-p 3.99 demo").fails().says("3.99");
    let _ = sandbox
        .venv(&index, ".venv", "-p ./nowhere/python demo")
        .fails()
        .says("nowhere/python");
    assert!(!sandbox.work(".venv").exists());
}

#[test]
fn an_interrupt_leaves_nothing() {
    let (sandbox, index, _) = world();
    let before = Listing::fingerprint(&sandbox.work(""));
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        index.take_requests();
        index.fail(Failure::Slow(Duration::from_secs(1)));
        let url = index.url();
        let mut command = sandbox.snapenv_command(["venv", ".venv", "-i", &url, "demo"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while index.take_requests().is_empty() {
            assert!(begun.elapsed() < Duration::from_mins(1), "the index was never asked");
            thread::sleep(Duration::from_millis(20));
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert!(
            status.code() == Some(128 + number) || status.signal() == Some(number),
            "{status:?}"
        );
        assert_eq!(Listing::fingerprint(&sandbox.work("")), before);
        sandbox.assert_nothing_half_done();
    }
    index.fail(Failure::None);
    let _ = sandbox.venv(&index, ".venv", "demo").success();
}

#[test]
fn a_store_that_cannot_be_written_costs_a_warning() {
    let (mut sandbox, index, _) = world();
    let file = sandbox.write("no-folder", "x");
    sandbox.set("SNAPENV_CACHE_DIR", file.join("cache"));
    let _ = sandbox.venv(&index, ".venv", "demo").success().says("no-folder");
    let _ = sandbox.run(sandbox.work(".venv/bin/python"), ["-c", "import demo"]).success();
}
