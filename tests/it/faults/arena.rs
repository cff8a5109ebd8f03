//! Where faults happen: a store, an index, and what environments have to look like.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use walkdir::WalkDir;

use super::Scale;
use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::seed;
use crate::skipped::skipped;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

/// Two wheels.
pub(super) const ALL: &str = "demo==1.0 helper==1.0";
/// The same, and an sdist that has to be built: pip takes seconds for it.
pub(super) const BUILT: &str = "demo==1.0 helper==1.0 built==1.0";
/// What is read while other things go wrong.
pub(super) const READ: &str = "reader==1.0 helper==1.0";

const FORGOTTEN: [&str; 6] = ["archives", "requests", "snapshots", "sources", "trees", "index/builds"];

/// What no fault may take away.
const ENTRIES: [&str; 4] = ["archives", "requests", "snapshots", "sources"];

pub(super) struct Arena {
    pub(super) sandbox: Sandbox,
    pub(super) index: Index,
    /// What was in the store before anything but `READ` was asked for.
    base: BTreeSet<PathBuf>,
}

impl Arena {
    pub(super) fn new() -> Self {
        Self::within(Sandbox::new())
    }

    pub(super) fn within(sandbox: Sandbox) -> Self {
        // A pip is most of the files of an environment, and nobody runs it here.
        let index = if Scale::asked().is_long() {
            Index::start()
        } else {
            Index::of_hollow_pip()
        };
        for name in ["demo", "reader"] {
            let mut wheel = WheelBuilder::new(name, "1.0")
                .requires("helper")
                .console(&format!("run-{name}"), &format!("{name}.inner.module_1:main"))
                .data("data", &format!("share/{name}/static/logo.svg"), "<svg/>\n");
            for number in 0..20 {
                let source = format!("def main():\n    print({number})\n").repeat(20);
                wheel = wheel.file(&format!("{name}/inner/module_{number}.py"), source);
            }
            index.publish(wheel.build());
        }
        index.publish(WheelBuilder::new("helper", "1.0").build());
        index.publish(SdistBuilder::new("built", "1.0").build());
        let mut arena = Self {
            sandbox,
            index,
            base: BTreeSet::new(),
        };
        let _ = arena.venv("base", READ).success();
        arena.remove("base");
        arena.base = arena.paths(&FORGOTTEN);
        arena
    }

    pub(super) fn venv(&self, folder: &str, asked: &str) -> Run {
        self.sandbox.venv(&self.index, folder, asked)
    }

    /// `snapenv venv`, to be started by the caller.
    pub(super) fn venv_command(&self, folder: &str, asked: &str) -> Command {
        self.quiet(["venv", folder], asked)
    }

    pub(super) fn quiet<const N: usize>(&self, words: [&str; N], asked: &str) -> Command {
        let url = self.index.url();
        let words = words.into_iter().chain(["-i", url.as_str()]).chain(asked.split_whitespace());
        let mut command = self.sandbox.snapenv_command(words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// The environment as it has to be at this place: made with a store of its own, which knows nothing but a pip at first, and taken
    /// away again.
    pub(super) fn reference(&self, folder: &str, asked: &str) -> String {
        let store = self.sandbox.root().join("reference");
        if !store.exists() {
            fs::create_dir(&store).unwrap();
            seed::copy_to(&store);
        }
        let url = self.index.url();
        let words = ["venv", folder, "-i", url.as_str()];
        let mut command = self
            .sandbox
            .snapenv_command(words.into_iter().chain(asked.split_whitespace()));
        command.env("SNAPENV_CACHE_DIR", store);
        let _ = self.sandbox.finish(command).success();
        let reference = self.found(folder);
        self.remove(folder);
        reference
    }

    /// All of an environment: names, modes, content.
    pub(super) fn found(&self, folder: &str) -> String {
        Listing::fingerprint(&self.sandbox.work(folder))
    }

    pub(super) fn remove(&self, folder: &str) {
        let _ = fs::remove_dir_all(self.sandbox.work(folder));
    }

    /// Makes the store forget everything but what it knew at first, and what indexes said: pip would have to be asked, which takes seconds.
    pub(super) fn forget(&self) {
        for path in self.paths(&FORGOTTEN) {
            if !self.base.contains(&path) {
                let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            }
        }
    }

    /// Entries that outlive every fault.
    pub(super) fn entries(&self) -> BTreeSet<PathBuf> {
        self.paths(&ENTRIES)
    }

    fn paths(&self, areas: &[&str]) -> BTreeSet<PathBuf> {
        let below = |area: &&str| {
            let depth = if *area == "trees" { 2 } else { usize::MAX };
            let entries = WalkDir::new(self.sandbox.cache("v1").join(area)).max_depth(depth).into_iter();
            entries
                .filter_map(Result::ok)
                .filter(move |entry| entry.file_type().is_file() || depth == 2 && entry.depth() == 2)
                .map(walkdir::DirEntry::into_path)
        };
        areas.iter().flat_map(below).collect()
    }

    /// What has no owner: in the store, and beside environments. Whoever is alive may be about to lock it, so it counts only if it stays.
    pub(super) fn left(&self) -> BTreeSet<PathBuf> {
        let began = Instant::now();
        loop {
            let left = self.left_now();
            if left.is_empty() || began.elapsed() > Duration::from_secs(1) {
                return left;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn left_now(&self) -> BTreeSet<PathBuf> {
        let folders = ["tmp", "trash", "locks"].map(|folder| self.sandbox.cache("v1").join(folder));
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let ours = folders.iter().flat_map(|folder| entries(folder)).map(|entry| entry.path());
        let beside = entries(&self.sandbox.work("")).map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.contains(".snapenv-")
        });
        let abandoned = |path: &PathBuf| File::open(path).is_ok_and(|file| file.try_lock().is_ok()) && path.exists();
        ours.chain(beside).filter(abandoned).collect()
    }
}

/// Whether calls can be traced here; says for `what` if not.
pub(super) fn can_trace(sandbox: &Sandbox, what: &str) -> bool {
    let there = sandbox.run("sh", ["-c", "strace -qq -e trace=none true"]).status.success();
    if !there {
        skipped(what, "there is no strace, or tracing is not permitted here");
    }
    there
}

/// The command under strace, which does `inject` to it and all its threads.
pub(super) fn traced(sandbox: &Sandbox, command: &Command, options: &[&str]) -> Command {
    let mut strace = sandbox.command("strace", ["-f", "-qq"]);
    strace.args(options).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            strace.env(name, value);
        }
    }
    strace
}
