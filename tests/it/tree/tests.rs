//! The comparer must be able to fail: each kind of difference is planted in a copy of a real environment.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use super::*;
use crate::index::Index;
use crate::pip_oracle::Oracle;
use crate::sandbox::Sandbox;
use crate::wheel_builder::{Record, WheelBuilder};

/// pip's environment, and a copy of it that a test spoils; `-a` keeps the times that compiled files record.
struct Pair {
    sandbox: Sandbox,
    pip: PathBuf,
    ours: PathBuf,
}

impl Pair {
    fn new() -> Self {
        let (sandbox, index) = (Sandbox::new(), Index::start());
        index.publish(
            WheelBuilder::new("demo", "1.0")
                .file("demo/more.py", "def f(x):\n    return {x in {1, 2}: 1.0}\n")
                .console("demo", "demo.more:f")
                .script("raw", "#!python\nprint(1)\n")
                .data("data", "share/demo.txt", "text")
                .record(Record::Poor)
                .build(),
        );
        let (pip, ours) = (sandbox.work("pip"), sandbox.work("ours"));
        let oracle = Oracle::new(&sandbox, &index);
        oracle.venv(&pip);
        let _ = oracle.install(&pip, ["demo"]).success();
        let copied = Command::new("cp").arg("-a").args([&pip, &ours]).status().unwrap();
        assert!(copied.success());
        Self { sandbox, pip, ours }
    }

    fn site(&self, path: &str) -> PathBuf {
        self.sandbox.python().site_packages(&self.ours).join(path)
    }

    fn differences(&self) -> Vec<Difference> {
        compare(&self.pip, &self.ours, &self.sandbox.python().executable)
    }

    /// Changes a file's bytes in place, runs the comparison, and puts them back, times included.
    fn spoiled(&self, path: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<Difference> {
        let (old, time) = (fs::read(path).unwrap(), fs::metadata(path).unwrap().modified().unwrap());
        let write = |bytes: &[u8]| {
            fs::write(path, bytes)?;
            fs::File::options().write(true).open(path)?.set_modified(time)
        };
        let restore: io::Result<()> = write(&change(old.clone()));
        restore.unwrap();
        let found = self.differences();
        write(&old).unwrap();
        found
    }
}

#[test]
fn planted_differences_of_every_kind_are_found() {
    let pair = Pair::new();
    assert_eq!(pair.differences(), []);

    paths_kinds_and_modes(&pair);
    records_and_scripts(&pair);
    compiled_files(&pair);
    assert_eq!(pair.differences(), [], "a test did not put things back");
}

fn paths_kinds_and_modes(pair: &Pair) {
    let shared = pair.ours.join("share/demo.txt");
    let found = pair.spoiled(&shared, |_| b"Text".to_vec());
    assert_eq!(found, [Difference::Content("share/demo.txt".to_owned())]);
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o444)).unwrap();
    assert_eq!(pair.differences(), [], "the write bit may differ");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(pair.differences()[..], [Difference::Mode { .. }]));
    fs::remove_file(&shared).unwrap();
    assert_eq!(pair.differences(), [Difference::Missing("share/demo.txt".to_owned())]);
    symlink("elsewhere", &shared).unwrap();
    assert_eq!(pair.differences(), [Difference::Kind("share/demo.txt".to_owned())]);
    fs::remove_file(&shared).unwrap();
    fs::copy(pair.pip.join("share/demo.txt"), &shared).unwrap();
    fs::create_dir(pair.ours.join("share/extra")).unwrap();
    assert_eq!(pair.differences(), [Difference::Extra("share/extra".to_owned())]);
    fs::remove_dir(pair.ours.join("share/extra")).unwrap();
    fs::write(pair.ours.join("pyvenv.cfg"), "home = elsewhere\n").unwrap();
}

fn records_and_scripts(pair: &Pair) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let is_record = |found: &[Difference], count: usize| {
        assert_eq!(found.len(), count, "{found:#?}");
        assert!(found.iter().all(|one| matches!(one, Difference::Record { .. })), "{found:#?}");
    };
    let record = pair.site("demo-1.0.dist-info/RECORD");
    let row = "demo-1.0.dist-info/METADATA,";
    is_record(&pair.spoiled(&record, |old| text(old).replace(row, "x,").into()), 2);
    is_record(
        &pair.spoiled(&record, |old| text(old).replacen("sha256=", "sha256=A", 1).into()),
        1,
    );
    is_record(
        &pair.spoiled(&record, |old| {
            text(old).split_inclusive('\n').rev().collect::<String>().into()
        }),
        1,
    );
    is_record(&pair.spoiled(&record, |_| b"no,record\n".to_vec()), 1);

    let script = pair.ours.join("bin/demo");
    let found = pair.spoiled(&script, |old| text(old).replacen("#!/", "#!/usr/", 1).into());
    assert!(matches!(found[..], [Difference::Script { .. }]), "{found:#?}");
    let other = |old: Vec<u8>| format!("{}# another generator\n", text(old)).into_bytes();
    assert_eq!(pair.spoiled(&script, other), [], "the text of generated scripts is free");
    let raw = pair.ours.join("bin/raw");
    let found = pair.spoiled(&raw, other);
    assert_eq!(found, [Difference::Content("bin/raw".to_owned())]);

    let installer = pair.site("demo-1.0.dist-info/INSTALLER");
    let found = pair.spoiled(&installer, |_| b"snapenv\n".to_vec());
    assert_eq!(found, [], "RECORD was not read, as it is equal");
    let found = pair.spoiled(&installer, |_| b"uv\n".to_vec());
    assert!(matches!(found[..], [Difference::Content(_)]), "{found:#?}");
    // A free row may differ only to tell the truth.
    let lie = |old: Vec<u8>| {
        let rows = text(old);
        let line = rows
            .lines()
            .find(|line| line.starts_with("demo-1.0.dist-info/INSTALLER"))
            .unwrap()
            .to_owned();
        rows.replace(&line, "demo-1.0.dist-info/INSTALLER,sha256=lie,4").into_bytes()
    };
    is_record(&pair.spoiled(&record, lie), 1);
}

fn compiled_files(pair: &Pair) {
    let (major, minor, _) = pair.sandbox.python().version;
    let compiled = pair.site(&format!("demo/__pycache__/more.cpython-{major}{minor}.pyc"));
    let is_bytecode = |found: &[Difference], what: &str| {
        let said = matches!(found, [Difference::Bytecode { what: said, .. }] if said.contains(what));
        assert!(said, "expected {what}: {found:#?}");
    };
    let flip = |position: usize| {
        move |mut bytes: Vec<u8>| {
            bytes[position] ^= 1;
            bytes
        }
    };
    is_bytecode(&pair.spoiled(&compiled, flip(0)), "magic");
    is_bytecode(&pair.spoiled(&compiled, flip(4)), "flags");
    is_bytecode(&pair.spoiled(&compiled, flip(8)), "compiled again");
    is_bytecode(&pair.spoiled(&compiled, |bytes| bytes[..20].to_vec()), "cannot be read");
    let renamed = |old: Vec<u8>| replaced(old, b"return", b"return");
    assert_eq!(pair.spoiled(&compiled, renamed), []);
    // The constants of the function: 1.0 becomes another float.
    let other_constant = |old: Vec<u8>| replaced(old, &1.0_f64.to_le_bytes(), &2.0_f64.to_le_bytes());
    is_bytecode(&pair.spoiled(&compiled, other_constant), "co_consts");
    // Compiled under another name of the same length: allowed.
    let other_name = |old: Vec<u8>| replaced(old, b"/site-packages/demo/more.py", b"/site-packages/demo/evil.py");
    assert_eq!(pair.spoiled(&compiled, other_name), []);
}

fn replaced(bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes;
    for start in 0..=out.len() - from.len() {
        if out[start..].starts_with(from) {
            out[start..start + from.len()].copy_from_slice(to);
        }
    }
    out
}
