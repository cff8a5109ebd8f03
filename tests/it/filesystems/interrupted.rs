//! Promise three while files are being linked: others who come to the place, and signals.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::mount::Mount;
use super::{MANY, PINNED, library, names, world};
use crate::index::{Failure, Index};
use crate::sandbox::Sandbox;
use crate::stop::stop;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

/// Attempts to be in time with a signal.
pub(super) const ATTEMPTS: usize = 10;

/// Ends `snapenv venv TARGET ASKED` with a signal while files get into the environment; on a busy machine that may come too late.
#[track_caller]
pub(super) fn interrupted(sandbox: &Sandbox, index: &Index, target: &Path, asked: &str, signal: Signal) -> bool {
    let name = target.file_name().unwrap().to_str().unwrap();
    let first = library(sandbox, target.with_file_name(format!(".{name}.snapenv-new"))).join("many");
    let url = index.url();
    let arguments = ["venv", target.to_str().unwrap(), "-i", url.as_str()];
    let command = sandbox.snapenv_command(arguments.into_iter().chain(asked.split(' ')));
    stop(command, signal, || first.exists())
}

/// Replaces an environment in `folder`, ended by signals while files get there: it stays as it was, and the next run does its work.
pub(super) fn survives_signals(sandbox: &Sandbox, index: &Index, folder: &Path, asked: &str) {
    let target = folder.join("venv");
    let name = target.to_str().unwrap();
    let _ = sandbox.venv(index, name, asked).success();
    let complete = Listing::fingerprint(&library(sandbox, &target));
    let _ = sandbox.venv(index, name, PINNED).success();
    let before = Listing::fingerprint(&sandbox.work(&target));
    let others = names(&sandbox.work(folder));
    for signal in [Signal::INT, Signal::TERM, Signal::KILL] {
        let in_time = (0..ATTEMPTS).any(|_| {
            interrupted(sandbox, index, &target, asked, signal) || {
                let _ = sandbox.venv(index, name, PINNED).success();
                false
            }
        });
        assert!(in_time, "{signal:?} always came too late");
        assert_eq!(Listing::fingerprint(&sandbox.work(&target)), before, "{signal:?}");
        if signal != Signal::KILL {
            assert_eq!(names(&sandbox.work(folder)), others, "{signal:?}");
        }
    }
    let _ = sandbox.venv(index, name, asked).success();
    assert_eq!(Listing::fingerprint(&library(sandbox, &target)), complete);
    assert_eq!(names(&sandbox.work(folder)), others);
}

#[test]
fn signals_while_files_are_linked_or_copied() {
    let (sandbox, known) = world();
    fs::create_dir(sandbox.work("place")).unwrap();
    for mode in ["hardlink", "copy"] {
        survives_signals(
            &sandbox,
            &known.index,
            Path::new("place"),
            &format!("--link-mode {mode} {MANY}"),
        );
        fs::remove_dir_all(sandbox.work("place/venv")).unwrap();
    }
    sandbox.assert_nothing_half_done();
}

/// Starts `snapenv`, does something once it has its place and waits for the index, and demands that it gives up.
#[track_caller]
fn others_come(sandbox: &Sandbox, index: &Index, project: &str, come: impl FnOnce()) {
    index.publish(WheelBuilder::new(project, "1.0").build());
    index.take_requests();
    index.fail(Failure::Slow(Duration::from_millis(700)));
    let url = index.url();
    let mut command = sandbox.snapenv_command(["venv", "venv", "-i", &url, "--no-seed", project]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let began = Instant::now();
    while index.take_requests().is_empty() {
        assert!(began.elapsed() < Duration::from_mins(1), "the index was never asked");
        thread::sleep(Duration::from_millis(10));
    }
    come();
    index.fail(Failure::None);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("work/venv") && text.contains("hint: choose another folder"),
        "{text}"
    );
    sandbox.assert_nothing_half_done();
}

#[test]
fn what_comes_to_the_place_while_we_build_is_not_lost() {
    // It is slowed down, as that of the other tests must not be.
    let (sandbox, index) = (Sandbox::new(), Index::of_hollow_pip());
    index.publish(WheelBuilder::new("demo", "1.0").build());
    let _ = sandbox.venv(&index, "warm", PINNED).success();
    let venv = sandbox.work("venv");
    others_come(&sandbox, &index, "one", || fs::write(&venv, "precious").unwrap());
    assert_eq!(fs::read_to_string(&venv).unwrap(), "precious");
    fs::remove_file(&venv).unwrap();

    others_come(&sandbox, &index, "two", || {
        sandbox.write("venv/precious.txt", "precious");
    });
    assert_eq!(fs::read_to_string(venv.join("precious.txt")).unwrap(), "precious");
    assert_eq!(names(&venv), ["precious.txt"]);
    fs::remove_dir_all(&venv).unwrap();

    // A mount point is filled from within.
    if let Some(disk) = Mount::tmpfs(&sandbox, "a mount point that others fill", "work/venv", "size=50m") {
        others_come(&sandbox, &index, "three", || {
            sandbox.write("venv/precious.txt", "precious");
        });
        assert_eq!(names(disk.folder()), ["precious.txt"]);
    }
    assert!(
        names(&sandbox.work(""))
            .iter()
            .all(|name| ["venv", "warm"].contains(&name.as_str()))
    );
}
