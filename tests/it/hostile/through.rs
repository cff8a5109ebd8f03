//! A handful of hostile files through the program.

use std::fs;
use std::path::Path;

use crate::artifact::{Artifact, sha256};
use crate::index::Index;
use crate::pip_oracle::Oracle;
use crate::sandbox::Sandbox;
use crate::tree::{Listing, assert_same};
use crate::wheel_builder::WheelBuilder;

use super::manifest::folder;

/// Everything outside of the store and of Python's temporary files.
fn surroundings(sandbox: &Sandbox) -> String {
    Listing::fingerprint(&sandbox.work("")) + &Listing::fingerprint(&sandbox.root().join("home"))
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    for (project, reason) in [
        ("up", "would be installed outside of its folder"),
        ("headers-name", "local and central zip headers disagree"),
        ("entry-up", "it must be one plain file name"),
        ("record-up", "lies outside of the environment"),
        ("reserved-journal", "where snapenv keeps a file of its own"),
        ("bomb-total", "SNAPENV_MAX_UNPACKED_SIZE"),
        // Who resolves this is a pip that is not known by its version, and it reads sdists first.
        ("tar-link-up", "tar_link_up-1.0.tar.gz"),
        ("zip-up", "zip_up-1.0.zip"),
    ] {
        let stem = format!("{}-1.0", project.replace('-', "_"));
        let places = [
            format!("wheels/{stem}-py3-none-any.whl"),
            format!("sdists/{stem}.tar.gz"),
            format!("sdists/{stem}.zip"),
        ];
        let file = places
            .iter()
            .map(|place| folder().join(place))
            .find(|file| file.exists())
            .unwrap();
        let before = surroundings(&sandbox);
        let run = sandbox
            .venv(&index, ".venv", &format!("--no-seed {}", file.display()))
            .fails_with(1);
        let run = run.says(reason).never_says("panicked");
        assert!(surroundings(&sandbox) == before, "{project} left something\n{run}");
        assert!(
            !sandbox.cache("v1/archives").join(project).exists(),
            "{project} is in the store"
        );
        sandbox.assert_nothing_half_done();
    }
}

/// A wheel whose modules would run if anything of it were imported on the way.
fn eager(marker: &Path) -> Artifact {
    let code = format!("open({:?}, 'a').write(__name__ + '\\n')\n", marker.display().to_string());
    let mut wheel = WheelBuilder::new("eager", "1.0")
        .file("eager.pth", format!("import sys; {code}"))
        .data("data", "pyvenv.d/x", "x");
    for module in [
        "sitecustomize",
        "usercustomize",
        "json",
        "zipfile",
        "tempfile",
        "encodings",
        "compileall",
        "pip_evil",
    ] {
        wheel = wheel.file(&format!("{module}.py"), code.clone());
    }
    wheel.build()
}

/// pip CVE-2026-6357: what was just installed must not be imported by who installs.
#[test]
fn nothing_of_a_distribution_runs_before_it_is_asked_for() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    let marker = sandbox.root().join("ran");
    index.publish(eager(&marker));
    index.publish(WheelBuilder::new("later", "1.0").build());
    let _ = sandbox.venv(&index, ".venv", "--no-seed eager==1.0").success();
    let _ = sandbox.venv(&index, "again", "--no-seed eager==1.0").success();
    let _ = sandbox
        .venv(&index, "layered", "--no-seed --link-mode layered eager==1.0")
        .success();
    assert!(!marker.exists(), "{}", fs::read_to_string(&marker).unwrap_or_default());
    let _ = sandbox.run(sandbox.work(".venv/bin/python"), ["-c", "pass"]);
    assert!(marker.exists(), "nothing runs at all");
}

/// An entry point takes the interpreter's place in the environment, as with pip, but the base interpreter stays what it is.
#[test]
fn an_entry_point_called_python_does_not_reach_the_base_interpreter() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    let base = sandbox.python().executable.clone();
    let before = sha256(&fs::read(&base).unwrap());
    let file = folder().join("wheels/entry_python-1.0-py3-none-any.whl");
    let run = sandbox
        .venv(&index, ".venv", &format!("--no-seed {}", file.display()))
        .success();
    let _ = run.says("'bin/python' takes the place of the environment's own");
    assert_eq!(sha256(&fs::read(&base).unwrap()), before);
    let script = fs::symlink_metadata(sandbox.work(".venv/bin/python")).unwrap();
    assert!(script.is_file(), "the interpreter's link is still there");
}

/// A wheel that brings bytecode where its own is compiled to could be installed once, and never again out of its archive.
#[test]
fn bytecode_that_a_wheel_brings_is_kept_once() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    let (major, minor, _) = sandbox.python().version;
    let bytecode = format!("__pycache__/brings.cpython-{major}{minor}.pyc");
    let wheel = WheelBuilder::new("brings", "1.0").file("brings.py", "x = 1\n");
    index.publish(wheel.file(&bytecode, "no bytecode").build());
    let oracle = Oracle::new(&sandbox, &index);
    oracle.venv(&sandbox.work(".venv"));
    let _ = oracle.install(&sandbox.work(".venv"), ["brings==1.0"]).success();
    fs::rename(sandbox.work(".venv"), sandbox.work("pip")).unwrap();
    let _ = sandbox.venv(&index, ".venv", "brings==1.0").success();
    fs::rename(sandbox.work(".venv"), sandbox.work("first")).unwrap();
    fs::remove_dir_all(sandbox.cache("v1/trees")).unwrap();
    let run = sandbox.venv(&index, ".venv", "brings==1.0").success();
    assert_eq!(run.misses(), 0, "{run}");
    assert_same(&sandbox.work("pip"), &sandbox.work(".venv"), &sandbox.python().executable);
}

/// Who knows what comes says so.
#[test]
fn the_limit_is_a_setting() {
    let (mut sandbox, index) = (Sandbox::new(), Index::start());
    let file = folder().join("wheels/bomb_small-1.0-py3-none-any.whl");
    let arguments = format!("--no-seed {}", file.display());
    sandbox.set("SNAPENV_MAX_UNPACKED_SIZE", "29MiB");
    let run = sandbox.venv(&index, ".venv", &arguments).fails_with(1);
    let _ = run
        .says("the unpacked size exceeds the limit of 30408704")
        .says("SNAPENV_MAX_UNPACKED_SIZE");
    sandbox.set("SNAPENV_MAX_UNPACKED_SIZE", "nonsense");
    let _ = sandbox
        .venv(&index, ".venv", &arguments)
        .fails_with(2)
        .says("SNAPENV_MAX_UNPACKED_SIZE");
    sandbox.set("SNAPENV_MAX_UNPACKED_SIZE", "31MiB");
    let _ = sandbox.venv(&index, ".venv", &arguments).success();
}
