//! Signals: children are stopped, what was begun is undone, and the process is gone within four seconds with 128 and the signal's number.

use std::fs;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::index::{Failure, Index};
use crate::sandbox::Sandbox;
use crate::stop::stop;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

const SIGNALS: [Signal; 4] = [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP];
/// Ends a command once it is at work, and demands that it goes as it has to.
#[track_caller]
fn abort(command: Command, signal: Signal, at_work: impl Fn() -> bool) {
    assert!(stop(command, signal, at_work), "it ended by itself");
}

fn asking(index: &Index) -> impl Fn() -> bool + '_ {
    let asked = index.begun().len();
    move || index.begun().len() > asked
}

#[test]
fn every_verb_ends_with_every_signal() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(WheelBuilder::new("demo", "1.0").build());
    index.publish(WheelBuilder::new("helper", "1.0").build());
    let _ = sandbox.venv(&index, "living", "helper==1.0").success();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_snapenv"), sandbox.work("pip")).unwrap();
    let before = Listing::fingerprint(&sandbox.work(""));
    let url = index.url();
    let verbs: [(&str, &[&str]); 4] = [
        ("snapenv", &["venv", "new", "demo"]),
        ("snapenv", &["install", "--python", "living", "demo"]),
        ("pip", &["install", "--python", "living", "demo"]),
        ("snapenv", &["cache", "warm", "demo"]),
    ];
    for (number, (program, words)) in verbs.into_iter().enumerate() {
        for (turn, signal) in SIGNALS.into_iter().enumerate() {
            // Each signal with one verb at least, each verb with one of them at least.
            if number != 0 && turn != number {
                continue;
            }
            index.fail(Failure::Slow(Duration::from_secs(5)));
            let mut command = match program {
                "pip" => sandbox.command(sandbox.work("pip"), words),
                _ => sandbox.snapenv_command(words),
            };
            command.args(["-i", &url]);
            abort(command, signal, asking(&index));
            assert_eq!(Listing::fingerprint(&sandbox.work("")), before, "{words:?} {signal:?}");
            sandbox.assert_nothing_half_done();
        }
    }
}

/// A build whose backend, and what that has started, ignore every signal that can be ignored.
#[test]
fn a_build_that_ignores_signals_is_stopped() {
    let (mut sandbox, index) = (Sandbox::new(), Index::start());
    sandbox.set("PYTHONDONTWRITEBYTECODE", "1");
    let began = sandbox.root().join("began");
    let backend = format!(
        r#"
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
def build_wheel(folder, settings=None, metadata=None):
    if os.fork() == 0:
        while True:
            time.sleep(1)
    open({:?}, "w").close()
    while True:
        time.sleep(1)
"#,
        began.display()
    );
    let stubborn = sandbox.work("stubborn");
    fs::create_dir_all(&stubborn).unwrap();
    fs::write(stubborn.join("backend.py"), backend).unwrap();
    let project = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n[project]\nname = 'stubborn'\nversion = '1'\n";
    fs::write(stubborn.join("pyproject.toml"), project).unwrap();
    let before = Listing::fingerprint(&sandbox.work(""));
    for signal in [Signal::TERM, Signal::INT] {
        let url = index.url();
        let command = sandbox.snapenv_command(["venv", "new", "-i", &url, "./stubborn"]);
        abort(command, signal, || began.exists());
        fs::remove_file(&began).unwrap();
        assert_eq!(Listing::fingerprint(&sandbox.work("")), before, "{signal:?}");
        // Beside that, pip leaves a folder of its own in TMPDIR: it does not see to SIGTERM.
        assert_eq!(fs::read_dir(sandbox.cache("v1/tmp")).unwrap().count(), 0, "{signal:?}");
    }
}

/// What a prune had taken is gone for everybody; the next run removes it.
#[test]
fn a_prune_that_is_stopped_is_finished_by_the_next_run() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(WheelBuilder::new("demo", "1.0").build());
    let _ = sandbox.venv(&index, "first", "demo==1.0").success();
    let whole = Listing::fingerprint(&sandbox.work("first"));
    fs::remove_dir_all(sandbox.work("first")).unwrap();
    for (words, signal) in [
        (vec!["cache", "prune", "--grace", "0s", "--max-size", "1"], Signal::TERM),
        (vec!["cache", "purge"], Signal::HUP),
    ] {
        let ballast = sandbox.cache("v1/quarantine/ballast");
        for folder in 0..40 {
            let folder = ballast.join(folder.to_string());
            fs::create_dir_all(&folder).unwrap();
            for file in 0..200 {
                fs::write(folder.join(file.to_string()), "").unwrap();
            }
        }
        let trash = sandbox.cache("v1/trash");
        let taken = || fs::read_dir(&trash).is_ok_and(|mut entries| entries.next().is_some());
        abort(sandbox.snapenv_command(&words), signal, taken);
        let _ = sandbox.venv(&index, "first", "demo==1.0").success();
        assert_eq!(Listing::fingerprint(&sandbox.work("first")), whole, "{words:?}");
        assert!(!taken(), "{words:?}: it is left in the trash");
        sandbox.assert_nothing_half_done();
        fs::remove_dir_all(sandbox.work("first")).unwrap();
    }
}
