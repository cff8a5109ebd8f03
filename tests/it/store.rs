//! The store under damage: whatever is missing, damaged or left over in it costs work, never an environment.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::index::Index;
use crate::known_pip;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::tree::{Entry, Listing};
use crate::wheel_builder::WheelBuilder;

const PINNED: &str = "demo==1.0 helper==1.0";

fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    let demo = WheelBuilder::new("demo", "1.0")
        .requires("helper")
        .script("tool", "#!python\nprint('tool')\n");
    index.publish(demo.build());
    index.publish(WheelBuilder::new("helper", "1.0").build());
    let _ = sandbox.venv(&index, "first", PINNED).success();
    (sandbox, index)
}

/// Files below a folder of the store whose name ends so.
fn files(sandbox: &Sandbox, folder: &str, suffix: &str) -> Vec<PathBuf> {
    let folder = sandbox.cache(folder);
    let listing = Listing::of(&folder);
    let paths = listing.0.keys().filter(|path| path.ends_with(suffix));
    paths.map(|path| folder.join(path)).filter(|path| path.is_file()).collect()
}

fn the_file(sandbox: &Sandbox, folder: &str, suffix: &str) -> PathBuf {
    let mut found = files(sandbox, folder, suffix);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The pip of the index; a sandbox begins with others as well.
fn the_pip() -> String {
    format!("v1/archives/pip/{}", known_pip::VERSION)
}

fn remove_trees(sandbox: &Sandbox) {
    fs::remove_dir_all(sandbox.cache("v1/trees")).unwrap();
}

fn truncate(path: &Path) {
    let length = fs::metadata(path).unwrap().len();
    File::options().write(true).open(path).unwrap().set_len(length / 2).unwrap();
}

#[track_caller]
fn works(sandbox: &Sandbox, environment: &str) {
    let python = sandbox.work(environment).join("bin/python");
    let _ = sandbox.run(&python, ["-c", "import demo, helper"]).success();
    let tool = sandbox.work(environment).join("bin/tool");
    let _ = sandbox.run(tool, Vec::<&str>::new()).success().says("tool");
    let _ = sandbox.run(&python, ["-m", "pip", "--version"]).success();
}

#[test]
fn a_truncated_archive_is_fetched_again() {
    let (sandbox, index) = world();
    truncate(&the_file(&sandbox, "v1/archives/demo", ".tar.gz"));
    remove_trees(&sandbox);
    let run = sandbox.venv(&index, "second", PINNED).success();
    assert_eq!(run.misses(), 1, "{run}");
    works(&sandbox, "second");
    let run = sandbox.venv(&index, "third", PINNED).success().never_says("anew");
    assert_eq!(run.misses(), 0, "{run}");
    assert!(!files(&sandbox, "v1/quarantine", ".tar.gz").is_empty());
}

#[test]
fn a_missing_archive_is_fetched_again() {
    let (sandbox, index) = world();
    fs::remove_file(the_file(&sandbox, "v1/archives/helper", ".tar.gz")).unwrap();
    remove_trees(&sandbox);
    let run = sandbox.venv(&index, "second", PINNED).success();
    assert_eq!(run.misses(), 1, "{run}");
    works(&sandbox, "second");
}

#[test]
fn an_archive_of_the_right_length_but_damaged_is_fetched_again() {
    let (sandbox, index) = world();
    for folder in ["v1/archives/demo".to_owned(), the_pip()] {
        let archive = the_file(&sandbox, &folder, ".tar.gz");
        let mut content = fs::read(&archive).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 0xff;
        fs::write(&archive, content).unwrap();
    }
    remove_trees(&sandbox);
    let _ = sandbox.venv(&index, "second", PINNED).success();
    works(&sandbox, "second");
    let _ = sandbox.venv(&index, "third", PINNED).success().never_says("anew");
}

#[test]
fn a_damaged_snapshot_is_composed_again() {
    let (sandbox, index) = world();
    for snapshot in files(&sandbox, "v1/snapshots", ".snapshot") {
        truncate(&snapshot);
    }
    let run = sandbox.venv(&index, "second", PINNED).success().says("damaged");
    assert_eq!(run.misses(), 0, "{run}");
    works(&sandbox, "second");
    let _ = sandbox.venv(&index, "third", PINNED).success().never_says("damaged");
}

#[test]
fn a_truncated_pip_is_provided_again() {
    for trees in ["there", "gone"] {
        let (sandbox, index) = world();
        truncate(&the_file(&sandbox, &the_pip(), ".tar.gz"));
        if trees == "gone" {
            remove_trees(&sandbox);
        }
        // A request that is not known: pip is needed as a seed.
        let _ = sandbox.venv(&index, "second", "demo").success();
        works(&sandbox, "second");
        let _ = sandbox.venv(&index, "third", PINNED).success().never_says("anew");
        works(&sandbox, "third");
    }
}

#[test]
fn a_tree_and_its_archive_may_be_damaged_at_once() {
    let (sandbox, index) = world();
    truncate(&the_file(&sandbox, "v1/archives/demo", ".tar.gz"));
    let source = the_file(&sandbox, "v1/trees", "demo/__init__.py");
    fs::remove_file(source).unwrap();
    let _ = sandbox.venv(&index, "second", PINNED).success();
    works(&sandbox, "second");
}

#[test]
fn an_sdist_that_is_built_again_replaces_what_was_built_before() {
    let (mut sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(SdistBuilder::new("built", "1.0").build());
    index.publish(WheelBuilder::new("helper", "1.0").build());
    let _ = sandbox.venv(&index, "a", "built==1.0 helper==1.0").success();
    let archive = the_file(&sandbox, "v1/archives/built", ".tar.gz");
    let before = fs::read(&archive).unwrap();
    fs::remove_file(&archive).unwrap();
    sandbox.set("BUILT_AS", "another");
    let _ = sandbox.venv(&index, "b", "built==1.0").success();
    assert_ne!(before, fs::read(&archive).unwrap(), "the builds do not differ");
    remove_trees(&sandbox);
    let run = sandbox.venv(&index, "c", "built==1.0 helper==1.0").success();
    assert_eq!(run.misses(), 0, "{run}");
    let _ = sandbox
        .run(sandbox.work("c/bin/python"), ["-c", "import built, helper"])
        .success();
    let _ = sandbox
        .venv(&index, "d", "built==1.0 helper==1.0")
        .success()
        .never_says("anew");
}

#[test]
fn a_changed_script_reaches_no_new_environment() {
    let (sandbox, index) = world();
    for change in ["edited", "removed", "edited"] {
        let script = the_file(&sandbox, "v1/trees", "bin/tool");
        if change == "edited" {
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
            fs::write(&script, "#!python\nprint('poisoned')\n").unwrap();
        } else {
            fs::remove_file(&script).unwrap();
        }
        let _ = sandbox
            .venv(&index, change, PINNED)
            .success()
            .says("was changed in the store");
        works(&sandbox, change);
    }
    // Every one of the three is there to be looked at.
    assert_eq!(fs::read_dir(sandbox.cache("v1/quarantine")).unwrap().count(), 3);
}

#[test]
fn records_that_cannot_be_written_fail_nothing() {
    let (sandbox, index) = (Sandbox::with_empty_store(), Index::start());
    index.publish(WheelBuilder::new("demo", "1.0").build());
    fs::create_dir_all(sandbox.cache("v1/index")).unwrap();
    for folder in ["v1/locks", "v1/requests", "v1/snapshots", "v1/index/pins"] {
        fs::write(sandbox.cache(folder), "no folder").unwrap();
    }
    let _ = sandbox.venv(&index, "a", "demo==1.0").success().says("warning");
    let _ = sandbox.run(sandbox.work("a/bin/python"), ["-c", "import demo"]).success();
}

#[test]
fn a_changed_tree_of_a_store_that_is_only_read_is_unpacked_elsewhere() {
    let (sandbox, index) = world();
    fs::remove_dir_all(sandbox.cache("v1/tmp")).unwrap();
    fs::write(sandbox.cache("v1/tmp"), "no folder").unwrap();
    fs::remove_file(the_file(&sandbox, "v1/trees", "bin/tool")).unwrap();
    let source = the_file(&sandbox, "v1/trees", "helper/__init__.py");
    fs::set_permissions(&source, fs::Permissions::from_mode(0o644)).unwrap();
    let _ = sandbox.venv(&index, "second", PINNED).success();
    works(&sandbox, "second");
    assert!(!sandbox.cache("v1/quarantine").exists());
}

#[test]
fn what_dead_processes_left_goes_with_the_next_run() {
    let (sandbox, index) = world();
    for (environment, asked) in [("hit", PINNED), ("miss", "helper")] {
        let leave = |folder: &str| {
            let folder = sandbox.cache("v1").join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("file"), "content").unwrap();
            folder
        };
        let [alive, dead, trash] = ["tmp/host-2-alive", "tmp/host-1-dead", "trash/host-1-dead"].map(leave);
        let files = ["tmp/.tmpRecord", "locks/0123"].map(|name| sandbox.cache("v1").join(name));
        fs::create_dir_all(sandbox.cache("v1/locks")).unwrap();
        for file in &files {
            fs::write(file, "half").unwrap();
        }
        let lock = File::open(&alive).unwrap();
        lock.try_lock().unwrap();
        let _ = sandbox.venv(&index, environment, asked).success();
        let gone = [&dead, &trash, &files[0], &files[1]];
        assert!(gone.iter().all(|path| !path.exists()), "{environment}");
        assert!(alive.join("file").exists(), "{environment}");
        fs::remove_dir_all(&alive).unwrap();
    }
}

#[test]
fn what_dead_processes_left_beside_environments_goes_with_the_next_miss() {
    let (sandbox, index) = world();
    let before = Listing::of(&sandbox.work(""));
    // Killed while it was filled; killed when the old one had to make room; and one at work.
    sandbox.write(".a.snapenv-new/lib/half.py", "");
    sandbox.write(".b.snapenv-old/pyvenv.cfg", "b");
    sandbox.write(".c.snapenv-new/lib/half.py", "");
    let at_work = File::open(sandbox.work(".c.snapenv-new")).unwrap();
    at_work.lock().unwrap();
    let _ = sandbox.venv(&index, "other", "helper").success();
    assert!(sandbox.work(".c.snapenv-new/lib/half.py").exists());
    assert_eq!(
        fs::read_to_string(sandbox.work("b/pyvenv.cfg")).unwrap(),
        "b",
        "what was there is lost"
    );
    for folder in [".c.snapenv-new", "b", "other"] {
        fs::remove_dir_all(sandbox.work(folder)).unwrap();
    }
    assert_eq!(Listing::of(&sandbox.work("")), before);
}

#[test]
fn copies_honour_the_umask_as_pips_files_do() {
    let (sandbox, index) = world();
    let url = index.url();
    let program = format!(
        "umask 077; exec '{}' venv strict -i '{url}' --link-mode copy {PINNED}",
        env!("CARGO_BIN_EXE_snapenv")
    );
    let _ = sandbox.run("sh", ["-c", &program]).success();
    let strict = sandbox.work("strict");
    let library = sandbox.python().site_packages(&strict);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&library.join("demo/__init__.py")), 0o600);
    assert_eq!(mode(&library.join("demo-1.0.dist-info/RECORD")), 0o600);
    assert_eq!(mode(&library.join("demo")), 0o700);
    works(&sandbox, "strict");
}

#[test]
fn other_users_can_read_whatever_is_in_a_store() {
    let (sandbox, index) = world();
    let (url, store) = (index.url(), sandbox.work("shared"));
    let program = format!(
        "umask 022; SNAPENV_CACHE_DIR='{}' exec '{}' venv shown -i '{url}' --link-mode layered {PINNED}",
        store.display(),
        env!("CARGO_BIN_EXE_snapenv")
    );
    let _ = sandbox.run("sh", ["-c", &program]).success().says("layered");
    for (path, entry) in Listing::of(&store.join("v1")).0 {
        let readable = match entry {
            Entry::File(mode) => mode & 0o044 == 0o044,
            Entry::Folder(mode) => mode & 0o055 == 0o055,
            Entry::Link(_) => true,
        };
        // Locks are their owner's; who cannot write to a store makes nothing in it.
        assert!(readable || path.starts_with("locks/"), "{path} {entry:?}");
    }
}
