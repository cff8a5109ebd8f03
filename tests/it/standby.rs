//! Spares: an environment that waited is the one that would have been assembled, and nobody waits for it to be made.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::skipped::skipped;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

const PINNED: &str = "demo==1.0 helper==1.0";
const FROM_A_SPARE: &str = "from a spare";

fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    let demo = WheelBuilder::new("demo", "1.0")
        .requires("helper")
        .file("demo/static/demo.css", "body {}\n")
        .file("demo/inner/module.py", "VALUE = 1\n")
        .file("demo.pth", "import sys\n")
        .data("data", "share/demo/static/logo.svg", "<svg/>\n")
        .data("data", "etc/demo.conf", "a = 1\n")
        .script("tool", "#!python\nprint('tool')\n")
        .console("demo", "demo.inner.module:print");
    index.publish(demo.build());
    index.publish(WheelBuilder::new("helper", "1.0").file("share/in_library.txt", "x").build());
    let _ = sandbox.venv(&index, "first", PINNED).success();
    (sandbox, index)
}

fn warm(sandbox: &Sandbox, index: &Index, arguments: &str) -> Run {
    let url = index.url();
    let fixed = ["cache", "warm", "-i", url.as_str()];
    sandbox
        .snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
        .success()
}

/// The folders of all spares that wait.
fn spares(sandbox: &Sandbox) -> Vec<PathBuf> {
    let listing = Listing::of(&sandbox.cache("v1/spares"));
    let folders = listing.0.keys().filter(|path| path.split('/').count() == 3);
    folders.map(|path| sandbox.cache("v1/spares").join(path)).collect()
}

#[track_caller]
fn works(sandbox: &Sandbox, environment: &str) {
    let folder = sandbox.work(environment);
    let python = folder.join("bin/python");
    let _ = sandbox.run(&python, ["-c", "import demo.inner.module, helper"]).success();
    let _ = sandbox
        .run(folder.join("bin/tool"), Vec::<&str>::new())
        .success()
        .says("tool");
    let _ = sandbox.run(&python, ["-m", "pip", "check"]).success();
    assert!(!folder.join(".snapenv-spare").exists());
}

fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_mins(1), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_environment_from_a_spare_is_the_one_that_is_assembled() {
    let (sandbox, index) = world();
    for mode in ["hardlink", "copy"] {
        let request = format!("--link-mode {mode} {PINNED}");
        let run = sandbox.venv(&index, ".venv", &request).success().never_says(FROM_A_SPARE);
        let assembled = Listing::fingerprint(&sandbox.work(".venv"));
        fs::rename(sandbox.work(".venv"), sandbox.work(format!("{mode}-assembled"))).unwrap();
        let files = run
            .summary()
            .split(", ")
            .find(|part| part.ends_with("files"))
            .unwrap()
            .to_owned();

        let _ = warm(&sandbox, &index, &request).says("1 spare was made, 1 waiting");
        let _ = warm(&sandbox, &index, &request).says("0 spares were made, 1 waiting");
        thread::sleep(Duration::from_millis(1100));
        let began = SystemTime::now() - Duration::from_millis(100);
        let run = sandbox.venv(&index, ".venv", &request).success();
        assert!(run.summary().ends_with(&format!("{mode}, {FROM_A_SPARE}")), "{run}");
        assert!(run.summary().contains(&files), "{run}");
        assert_eq!(Listing::fingerprint(&sandbox.work(".venv")), assembled, "{mode}");
        let library = sandbox.python().site_packages(&sandbox.work(".venv"));
        let time = |file: PathBuf| fs::metadata(file).unwrap().modified().unwrap();
        assert!(time(library.join("demo/static/demo.css")) > began);
        // Nobody compares the times of what is not beside modules.
        assert!(time(sandbox.work(".venv/share/demo/static/logo.svg")) < began);
        works(&sandbox, ".venv");
        assert!(spares(&sandbox).is_empty());
        fs::rename(sandbox.work(".venv"), sandbox.work(format!("{mode}-spare"))).unwrap();
    }
    sandbox.assert_nothing_half_done();
}

#[test]
fn with_a_spare_nothing_of_the_snapshot_is_needed_but_its_excerpt() {
    let (sandbox, index) = world();
    let _ = warm(&sandbox, &index, &format!("--spares 2 {PINNED}")).says("2 spares were made");
    let snapshots = Listing::of(&sandbox.cache("v1/snapshots")).0.into_keys();
    for snapshot in snapshots.filter(|path| path.ends_with(".snapshot")) {
        fs::remove_file(sandbox.cache("v1/snapshots").join(snapshot)).unwrap();
    }
    index.take_requests();
    let _ = sandbox.venv(&index, "a", PINNED).success().says(FROM_A_SPARE);
    index.assert_not_asked();
    works(&sandbox, "a");
    // Another request, which is answered with the same.
    let _ = sandbox.venv(&index, "b", "helper==1.0 demo").success().says(FROM_A_SPARE);
    works(&sandbox, "b");
}

#[test]
fn a_spare_that_does_not_fit_is_left_alone() {
    let (sandbox, index) = world();
    let _ = warm(&sandbox, &index, PINNED);
    let url = index.url();
    let program = env!("CARGO_BIN_EXE_snapenv");
    let strict = format!("umask 077; exec '{program}' venv strict -i '{url}' {PINNED}");
    let _ = sandbox.run("sh", ["-c", &strict]).success().never_says(FROM_A_SPARE);
    let folder = sandbox.python().site_packages(&sandbox.work("strict"));
    assert_eq!(fs::metadata(folder.join("demo")).unwrap().permissions().mode() & 0o777, 0o700);
    for other in ["--link-mode copy", "--verify full"] {
        let run = sandbox.venv(&index, "other", &format!("{other} {PINNED}")).success();
        let _ = run.never_says(FROM_A_SPARE);
    }
    assert_eq!(spares(&sandbox).len(), 1);
    let none = sandbox
        .venv(&index, "unchecked", &format!("--verify none {PINNED}"))
        .success();
    let _ = none.says(FROM_A_SPARE);
    works(&sandbox, "unchecked");
}

#[test]
fn two_never_share_a_spare() {
    let (sandbox, index) = world();
    let _ = warm(&sandbox, &index, &format!("--spares 2 {PINNED}"));
    let url = index.url();
    let started: Vec<_> = (0..6)
        .map(|number| {
            let folder = format!("env{number}");
            let arguments = ["venv", &folder, "-i", &url].into_iter().chain(PINNED.split(' '));
            let mut command = sandbox.snapenv_command(arguments);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let outputs = started.into_iter().map(|child| child.wait_with_output().unwrap());
    let said: Vec<String> = outputs
        .map(|output| String::from_utf8_lossy(&output.stderr).into_owned())
        .collect();
    assert_eq!(said.iter().filter(|said| said.contains(FROM_A_SPARE)).count(), 2, "{said:#?}");
    let expected = Listing::of(&sandbox.work("first"));
    for (number, said) in said.iter().enumerate() {
        assert_eq!(Listing::of(&sandbox.work(format!("env{number}"))), expected, "{said}");
    }
    sandbox.assert_nothing_half_done();
}

#[test]
fn a_damaged_spare_is_set_aside() {
    let (sandbox, index) = world();
    let _ = warm(&sandbox, &index, PINNED);
    let spare = spares(&sandbox).remove(0);
    let file = sandbox.python().site_packages(&spare).join("demo.pth");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "import os\n\n").unwrap();
    let run = sandbox.venv(&index, "a", PINNED).success().never_says(FROM_A_SPARE);
    let _ = run.says("a spare is not used").says("demo.pth");
    works(&sandbox, "a");
    assert_eq!(Listing::of(&sandbox.work("a")), Listing::of(&sandbox.work("first")));
    assert_eq!(fs::read_dir(sandbox.cache("v1/quarantine")).unwrap().count(), 1);
    sandbox.assert_nothing_half_done();
}

#[test]
fn whoever_is_killed_while_taking_a_spare_leaves_all_or_nothing() {
    let (sandbox, index) = world();
    let traced = sandbox.run("strace", ["-qq", "-e", "trace=none", "true"]);
    if !traced.status.success() {
        return skipped(
            "kills while a spare is taken",
            "there is no strace, or tracing is not permitted here",
        );
    }
    let expected = Listing::of(&sandbox.work("first"));
    let url = index.url();
    for signal in ["KILL", "TERM"] {
        let mut killed = 0;
        loop {
            let _ = warm(&sandbox, &index, PINNED);
            let inject = format!("inject=rename,renameat,renameat2:signal={signal}:when={}", killed + 1);
            let mut command = sandbox.command("strace", ["-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2"]);
            command.args(["-e", &inject, env!("CARGO_BIN_EXE_snapenv"), "venv", "target", "-i", &url]);
            command.args(PINNED.split(' '));
            let run = sandbox.finish(command);
            let there = Listing::of(&sandbox.work("target"));
            assert!(there == Listing::default() || there == expected, "half of it is there\n{run}");
            let ended = run.status.success();
            // What is left over is in nobody's way.
            let _ = sandbox.venv(&index, "target", PINNED).success();
            assert_eq!(Listing::of(&sandbox.work("target")), expected);
            let beside = Listing::of(&sandbox.work("")).0.into_keys();
            assert!(
                beside
                    .into_iter()
                    .all(|path| path.starts_with("first") || path.starts_with("target"))
            );
            fs::remove_dir_all(sandbox.work("target")).unwrap();
            if ended {
                break;
            }
            killed += 1;
        }
        assert!(killed >= 3, "{signal}: killed {killed} times only");
    }
}

#[test]
fn spares_are_kept_in_the_background_only_when_that_is_wanted() {
    let (mut sandbox, index) = world();
    for _ in 0..2 {
        let _ = sandbox.venv(&index, "quiet", PINNED).success();
    }
    assert!(!sandbox.cache("v1/spares").exists(), "nobody asked for that");
    // Where a mode does not work, no spare of it would.
    for mode in ["copy", "clone"] {
        let run = sandbox
            .venv(&index, mode, &format!("--link-mode {mode} --standby {PINNED}"))
            .success();
        let mut noted = Listing::of(&sandbox.cache("v1/spares")).0.into_keys();
        let noted = noted.any(|path| path.ends_with(&format!("-{mode}.asked")));
        assert_eq!(noted, run.summary().ends_with(mode), "{run}");
    }

    let _ = warm(&sandbox, &index, &format!("--spares 2 {PINNED}"));
    let kind = spares(&sandbox).remove(0).parent().unwrap().to_owned();
    let name = kind.file_name().unwrap().to_str().unwrap().to_owned();
    sandbox.set("SNAPENV_STANDBY", "1");
    let _ = sandbox.venv(&index, "a", PINNED).success().says(FROM_A_SPARE);
    assert_eq!(spares(&sandbox).len(), 1);

    // What is made in the background needs the whole snapshot, and is held up where that is read.
    let key = name.split('-').next().unwrap();
    let snapshot = sandbox.cache(format!("v1/snapshots/{}/{key}.snapshot", &key[..2]));
    let bytes = fs::read(&snapshot).unwrap();
    fs::remove_file(&snapshot).unwrap();
    let _ = sandbox.run("mkfifo", [&snapshot]).success();

    // The second time within a week. The caller's lock and the output are not the background process's.
    let url = index.url();
    let program = env!("CARGO_BIN_EXE_snapenv");
    let locking = format!("exec 9>lock; flock 9 || true; exec '{program}' venv b -i '{url}' {PINNED}");
    let _ = sandbox.run("sh", ["-c", &locking]).success().says(FROM_A_SPARE);
    let is_busy = || File::open(&kind).unwrap().try_lock().is_err();
    wait_for("nobody makes a spare", is_busy);
    File::open(sandbox.work("lock")).unwrap().try_lock().unwrap();
    assert_detached(&name);
    // A second one does not stand in line.
    let second = sandbox.snapenv(["cache", "warm", "--spare", &name]).success();
    assert_eq!(second.output().trim(), "", "{second}");

    // What it reads is no snapshot: it ends. Then there is one again, and a spare is made.
    fs::OpenOptions::new().write(true).open(&snapshot).unwrap();
    fs::remove_file(&snapshot).unwrap();
    fs::write(&snapshot, &bytes).unwrap();
    wait_for("it does not end", || !is_busy());
    assert!(spares(&sandbox).is_empty());
    let _ = sandbox.venv(&index, "c", PINNED).success().never_says(FROM_A_SPARE);
    wait_for("no spare is made", || !spares(&sandbox).is_empty() && !is_busy());
    let _ = sandbox.venv(&index, "d", PINNED).success().says(FROM_A_SPARE);
    works(&sandbox, "d");
    wait_for("no spare is made", || !spares(&sandbox).is_empty() && !is_busy());
    sandbox.assert_nothing_half_done();
}

/// Looks at the background process: its session, its priority, its files.
fn assert_detached(kind: &str) {
    let Ok(processes) = fs::read_dir("/proc") else {
        return skipped("how a background process runs", "there is no /proc");
    };
    let ours = processes.filter_map(Result::ok).map(|entry| entry.path()).find(|path| {
        let words = fs::read(path.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).contains(kind)
    });
    let process = ours.expect("it is gone");
    let stat = fs::read_to_string(process.join("stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let pid = process.file_name().unwrap().to_str().unwrap();
    assert_eq!(fields[3], pid, "its session is not its own");
    assert_eq!(fields[16], "19", "it is not nice");
    for stream in ["0", "1", "2"] {
        assert_eq!(
            fs::read_link(process.join("fd").join(stream)).unwrap(),
            Path::new("/dev/null")
        );
    }
    let inherited = fs::read_dir(process.join("fd"))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    assert!(inherited.into_iter().all(|path| !path.ends_with("work/lock")));
}

#[test]
fn warming_brings_everything_in_and_replaces_what_was_taken() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(WheelBuilder::new("demo", "1.0").requires("helper").build());
    index.publish(WheelBuilder::new("helper", "1.0").build());
    sandbox.write("requirements.txt", PINNED.replace(' ', "\n"));
    let _ = warm(&sandbox, &index, "--spares 0 -r requirements.txt")
        .says("(0 hits, 2 misses)")
        .says("0 waiting");
    let _ = sandbox
        .venv(&index, "none", "-r requirements.txt")
        .success()
        .never_says(FROM_A_SPARE);
    // None was wanted: none is replaced.
    let _ = sandbox
        .snapenv(["cache", "warm"])
        .success()
        .says("0 spares were made, 0 waiting");
    let _ = warm(&sandbox, &index, "-r requirements.txt")
        .says("(2 hits, 0 misses)")
        .says("1 waiting");
    index.take_requests();
    let run = sandbox
        .venv(&index, "one", "-r requirements.txt")
        .success()
        .says(FROM_A_SPARE);
    index.assert_not_asked();
    assert_eq!(run.misses(), 0, "{run}");
    let _ = sandbox
        .snapenv(["cache", "warm"])
        .success()
        .says("1 spare was made, 1 waiting");

    let table = sandbox.snapenv(["cache", "info"]).success();
    for text in ["requests", "trees", "spare ", "hardlink", " files"] {
        assert!(table.stdout.contains(text), "{table}");
    }
    let json = sandbox.snapenv(["cache", "info", "--json"]).success();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let area = |name: &str| {
        let areas = json["areas"].as_array().unwrap().iter();
        areas.clone().find(|area| area["area"] == name).unwrap().clone()
    };
    assert_eq!(area("spares")["entries"], 1);
    assert_eq!(json["spares"][0]["link_mode"], "hardlink");
    assert!(json["spares"][0]["files"].as_u64().unwrap() > 10, "{json}");
    // Of the spare, its folders and small files are counted: everything else is the trees'.
    let spare = spares(&sandbox).remove(0);
    let init = sandbox.python().site_packages(&spare).join("demo/__init__.py");
    assert!(fs::metadata(&init).unwrap().nlink() > 2);
    assert!(area("spares")["bytes"].as_u64() < area("trees")["bytes"].as_u64(), "{json}");
}

#[test]
fn what_is_made_anew_each_time_has_no_spare() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    SdistBuilder::new("project", "1.0").write_to(&sandbox.work("project"));
    let _ = warm(&sandbox, &index, "-e ./project").says("no spares");
    let run = sandbox.venv(&index, "a", "--standby -e ./project").success();
    let _ = run.never_says(FROM_A_SPARE);
    assert!(!sandbox.cache("v1/spares").exists());
    // Nothing but pip can do this.
    let _ = warm(&sandbox, &index, "--no-seed --target elsewhere project").says("only pip");
}

#[test]
fn warming_a_store_that_keeps_nothing_fails() {
    let mut sandbox = Sandbox::new();
    sandbox.write("file", "");
    sandbox.set("SNAPENV_CACHE_DIR", sandbox.work("file"));
    for arguments in [&["cache", "warm"][..], &["cache", "warm", "--offline", "demo"]] {
        let run = sandbox.snapenv(arguments).fails_with(1);
        let _ = run.says("nothing can be kept").says("hint:").says("SNAPENV_CACHE_DIR");
    }
}
