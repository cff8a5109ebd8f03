//! `snapenv verify`: whether an environment still is what was assembled.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

const PINNED: &str = "demo==1.0 helper==1.0";

/// A store with two distributions of every kind of file.
struct World {
    sandbox: Sandbox,
    index: Index,
}

impl World {
    fn new() -> Self {
        let (sandbox, index) = (Sandbox::new(), Index::start());
        for version in ["1.0", "2.0"] {
            let demo = WheelBuilder::new("demo", version)
                .file("demo/static/demo.css", "body {}\n")
                .file("demo/inner/module.py", "VALUE = 1\n")
                .file("demo/inner/data.bin", vec![7; 100_000])
                .file("demo.pth", "import sys\n")
                .data("data", "share/demo/logo.svg", "<svg/>\n")
                .script("tool", format!("#!python\nprint('tool {version}')\n"))
                .console("demo", "demo.inner.module:print");
            index.publish(demo.build());
        }
        index.publish(WheelBuilder::new("helper", "1.0").file("share/in_library.txt", "x").build());
        index.publish(WheelBuilder::new("late", "1.0").console("late", "late:print").build());
        Self { sandbox, index }
    }

    fn venv(&self, folder: &str, arguments: &str) -> Run {
        self.sandbox.venv(&self.index, folder, arguments).success()
    }

    fn verify(&self, arguments: &str) -> Run {
        self.sandbox
            .snapenv(["verify"].into_iter().chain(arguments.split_whitespace()))
    }

    #[track_caller]
    fn is_whole(&self, folder: &str) {
        for depth in ["", "--quick"] {
            let run = self.verify(&format!("{folder} {depth}")).success();
            let _ = run.says("is what was assembled").never_says("note:");
        }
    }

    /// What is said of files, line by line.
    #[track_caller]
    fn said(&self, arguments: &str) -> Vec<String> {
        let run = self.verify(arguments).fails_with(1);
        let lines: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
        assert!(lines.last().unwrap().contains("is not what was assembled"), "{run}");
        lines[..lines.len() - 1].to_vec()
    }

    fn path(&self, environment: &str, path: &str) -> PathBuf {
        self.sandbox.work(environment).join(self.inside(path))
    }

    /// `@` is the library.
    fn inside(&self, path: &str) -> String {
        let library = self.sandbox.python().site_packages(Path::new(""));
        path.replace('@', library.to_str().unwrap())
    }
}

/// Writes one other byte in place, and puts the time back.
fn flip(path: &Path) {
    let before = fs::metadata(path).unwrap();
    let mut content = fs::read(path).unwrap();
    let last = content.len() - 1;
    content[last] ^= 1;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, before.permissions()).unwrap();
    let file = File::options().write(true).open(path);
    // Root may write what is read-only.
    if let Ok(file) = file {
        file.set_modified(before.modified().unwrap()).unwrap();
    }
}

/// Puts a file of its own in the place of a link, with the same content.
fn detach(path: &Path) {
    let content = fs::read(path).unwrap();
    let metadata = fs::metadata(path).unwrap();
    fs::remove_file(path).unwrap();
    fs::write(path, content).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(metadata.modified().unwrap()).unwrap();
}

#[test]
fn environments_of_every_form_are_whole() {
    let world = World::new();
    for mode in ["hardlink", "copy", "layered"] {
        world.venv(mode, &format!("--link-mode {mode} {PINNED}"));
        // From the store, too.
        world.venv(mode, &format!("--link-mode {mode} --prompt é=' {PINNED}"));
        let _ = world.sandbox.snapenv(["venv", "bare"]).success();
        world.is_whole(mode);
    }
    world.is_whole("bare");
    let url = world.index.url();
    let warm = ["cache", "warm", "-i", url.as_str()].into_iter().chain(PINNED.split(' '));
    let _ = world.sandbox.snapenv(warm).success();
    let run = world.venv("spare", PINNED);
    assert!(run.summary().contains("from a spare"), "{run}");
    world.is_whole("spare");
    // Python writes bytecode; that is counted, and no change.
    let python = world.sandbox.work("hardlink/bin/python");
    let _ = world.sandbox.run(&python, ["-O", "-c", "import demo.inner.module"]).success();
    let run = world.verify("hardlink").success().says("more are bytecode that Python wrote");
    assert_eq!(run.stdout.lines().count(), 1, "{run}");
    let _ = world
        .verify("hardlink -v")
        .success()
        .says("module.cpython-3")
        .says(".opt-1.pyc");
    // What was made for another place is compared with what belongs there.
    fs::rename(world.sandbox.work("copy"), world.sandbox.work("moved")).unwrap();
    let _ = world.verify("moved").success().says("it was made at");
    let _ = world.sandbox.snapenv(["venv", "--materialize", "layered"]).success();
    world.is_whole("layered");
    world.sandbox.assert_nothing_half_done();
}
