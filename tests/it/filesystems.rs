//! Real filesystems: what each link mode makes on them, and what becomes of their limits, of damage and of signals.
//!
//! Filesystems are mounted for the test where root may do that; where not, that is said aloud and the rest is tested.

mod damage;
mod interrupted;
mod limits;
mod modes;
pub(crate) mod mount;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use walkdir::WalkDir;

use crate::artifact::sha256;
use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

/// What the shared store knows: nobody has to be asked about it.
const PINNED: &str = "--no-seed demo==1.0";
const SMALL: &str = "--no-seed small==1.0";
const DEEP: &str = "--no-seed demo==1.0 deep==1.0";
const LONG: &str = "--no-seed long==1.0";
/// It takes a while.
const MANY: &str = "--no-seed many==1.0";

/// A store that knows these requests, and the index that they were answered from.
struct Known {
    sandbox: Sandbox,
    index: Index,
}

/// A sandbox with a copy of that store, which is made once for all tests that run at the same time.
fn world() -> (Sandbox, Arc<Known>) {
    static KNOWN: Mutex<Weak<Known>> = Mutex::new(Weak::new());
    let mut shared = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = shared.upgrade().unwrap_or_else(|| Arc::new(Known::new()));
    *shared = Arc::downgrade(&known);
    drop(shared);
    let sandbox = Sandbox::with_empty_store();
    fs::remove_dir(sandbox.cache("")).unwrap();
    copy_store(&known.sandbox.cache(""), &sandbox.cache(""), &sandbox);
    (sandbox, known)
}

impl Known {
    fn new() -> Self {
        let (sandbox, index) = (Sandbox::new(), Index::of_hollow_pip());
        let bulk: Vec<u8> = (0..300_000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
            .collect();
        let demo = WheelBuilder::new("demo", "1.0")
            .file("demo/sub/inner.py", "VALUE = 2\n")
            .file("demo/bulk.bin", bulk)
            .file("demo/static/style.css", "a {}\n")
            .console("demo", "demo:main");
        let folders = vec!["d".repeat(150); 6].join("/");
        let deep = WheelBuilder::new("deep", "1.0").file(&format!("deep/{folders}/inner.py"), "");
        let long = WheelBuilder::new("long", "1.0").file(&format!("long/{}.py", "n".repeat(252)), "");
        let mut many = WheelBuilder::new("many", "1.0");
        for number in 0..640 {
            many = many.file(&format!("many/p{}/m{number}.py", number % 80), "");
        }
        for wheel in [demo, deep, long, many, WheelBuilder::new("small", "1.0")] {
            index.publish(wheel.build());
        }
        for asked in [PINNED, SMALL, DEEP, LONG, MANY] {
            let _ = sandbox.venv(&index, "known", asked).success();
        }
        Self { sandbox, index }
    }
}

/// Copies a store with the times of its files, as a CI cache does.
fn copy_store(from: &Path, to: &Path, sandbox: &Sandbox) {
    let _ = sandbox.run("cp", [Path::new("-a"), from, to]).success();
}

/// The file of that name in the trees of a store.
fn in_store(store: &Path, suffix: &str) -> PathBuf {
    let entries = WalkDir::new(store.join("v1/trees"))
        .into_iter()
        .map(|entry| entry.unwrap().into_path());
    let found: Vec<PathBuf> = entries.filter(|path| path.to_str().unwrap().ends_with(suffix)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// The folder of installed modules.
fn library(sandbox: &Sandbox, environment: impl AsRef<Path>) -> PathBuf {
    sandbox.python().site_packages(&sandbox.work(environment))
}

fn inode(path: &Path) -> (u64, u64) {
    let metadata = fs::metadata(path).unwrap();
    (metadata.dev(), metadata.ino())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Warnings of a run.
fn warnings(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter(|line| line.starts_with("warning:")).collect()
}

/// Modules can be imported, from the bytecode that came with them.
#[track_caller]
fn works_uncompiled(sandbox: &Sandbox, environment: impl AsRef<Path>) {
    let python = sandbox.work(environment).join("bin/python");
    let run = sandbox
        .run(python, ["-v", "-c", "import demo.sub.inner"])
        .success()
        .never_says("# wrote");
    let from_bytecode = |line: &&str| line.starts_with("# code object from") && line.contains("/demo/") && line.contains(".pyc");
    assert_eq!(run.stderr.lines().filter(from_bytecode).count(), 2, "{run}");
}

/// Paths, contents and modes but for the right to write, which is the link mode's affair.
fn essence(environment: &Path) -> Vec<(String, String)> {
    let entries = Listing::of(environment).0.into_keys();
    entries
        .map(|path| {
            let full = environment.join(&path);
            let metadata = full.symlink_metadata().unwrap();
            let mode = metadata.permissions().mode() & !0o222;
            let content = metadata.is_file().then(|| sha256(&fs::read(&full).unwrap()));
            (path, format!("{mode:o} {content:?}"))
        })
        .collect()
}

/// Names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
