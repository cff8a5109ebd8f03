//! Stores that users share (docs/sharing.md): who is trusted, what is read below what, and what becomes of a store that cannot be written.

use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use crate::filesystems::mount::Mount;
use crate::index::Index;
use crate::nobody::as_nobody;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::skipped::skipped;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

const DEMO: &str = "--no-seed demo==1.0";
/// A group that nobody is a member of.
const GROUP: u32 = 42_424;

fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::of_hollow_pip());
    // More than the small filesystem has room for, and nothing that can be compressed.
    let mut state = 1_u32;
    let bulk: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(600_000)
    .collect();
    index.publish(WheelBuilder::new("demo", "1.0").file("demo/bulk.bin", bulk).build());
    index.publish(WheelBuilder::new("other", "1.0").build());
    (sandbox, index)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn module(environment: &Path) -> PathBuf {
    let files = WalkDir::new(environment).into_iter().map(|entry| entry.unwrap().into_path());
    let mut modules = files.filter(|path| path.ends_with("demo/__init__.py"));
    modules.next().unwrap()
}

fn warnings(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter(|line| line.starts_with("warning:")).collect()
}

/// Folders, and files that others than their owner may write.
fn folders_and_open_files(store: &Path) -> Vec<(PathBuf, fs::Metadata)> {
    let entries = WalkDir::new(store).into_iter().map(|entry| entry.unwrap());
    let entries = entries.map(|entry| (entry.path().to_owned(), entry.metadata().unwrap()));
    entries
        .filter(|(_, found)| found.is_dir() || found.mode() & 0o022 != 0)
        .collect()
}

#[test]
fn a_store_that_others_may_write_is_not_used() {
    let (mut sandbox, index) = world();
    let _ = sandbox.venv(&index, "first", DEMO).success();
    let store = sandbox.cache("");
    let before = Listing::fingerprint(&store);
    // What a killed run left goes with the next one that needs a temporary store.
    let left = sandbox.root().join("tmp/snapenv-store-killed");
    fs::create_dir_all(left.join("v1/tmp")).unwrap();
    let long_ago = SystemTime::now() - Duration::from_hours(2);
    File::open(&left).unwrap().set_modified(long_ago).unwrap();

    set_mode(&store, 0o777);
    let run = sandbox.venv(&index, "second", DEMO).success();
    assert_eq!(run.misses(), 1, "{run}");
    assert_eq!(warnings(&run).len(), 1, "{run}");
    let _ = run
        .says("can be written by everybody; the store is not used")
        .says("chmod o-w");
    assert!(!left.exists());
    sandbox.assert_nothing_half_done();
    set_mode(&store, 0o755);
    set_mode(&store.join("v1/trees"), 0o757);
    let _ = sandbox.venv(&index, "third", DEMO).success().says("v1/trees can be written");
    set_mode(&store.join("v1/trees"), 0o755);
    assert_eq!(Listing::fingerprint(&store), before);

    if rustix::process::geteuid().is_root() {
        chown(&store, None, Some(GROUP)).unwrap();
        set_mode(&store, 0o2775);
        let _ = sandbox.venv(&index, "fourth", DEMO).success().says("by the group 42424");
        sandbox.set("SNAPENV_SHARED", "group");
        let run = sandbox.venv(&index, "fifth", DEMO).success();
        assert_eq!((run.hits(), warnings(&run)), (1, vec![]), "{run}");
    } else {
        skipped("a store that another group may write", "only root can give it to one");
    }
}

#[test]
fn a_loose_umask_does_not_open_a_store() {
    let (mut sandbox, index) = world();
    sandbox.set("SNAPENV_READ_STORES", sandbox.cache(""));
    sandbox.set("SNAPENV_CACHE_DIR", sandbox.root().join("fresh"));
    let url = index.url();
    let binary = env!("CARGO_BIN_EXE_snapenv");
    let said = ["-c", "umask 000; exec \"$0\" \"$@\"", binary, "venv", "venv", "-i", &url];
    let _ = sandbox.run("sh", said.into_iter().chain(DEMO.split(' '))).success();
    let store = sandbox.root().join("fresh");
    assert!(module(&store.join("v1/trees")).exists());
    for (path, found) in folders_and_open_files(&store) {
        assert_eq!(found.mode() & 0o7022, 0, "{} {:o}", path.display(), found.mode());
    }
    // The environment is the caller's affair.
    assert_eq!(fs::metadata(sandbox.work("venv/bin")).unwrap().mode() & 0o777, 0o777);
}

#[test]
fn a_store_of_root_serves_a_user_who_links_his_own_trees() {
    let what = "a store of root below a user's own";
    let (sandbox, index) = world();
    if !rustix::process::geteuid().is_root() {
        return skipped(what, "only root can become another user");
    }
    let Some((_, python)) = as_nobody(&sandbox, what) else {
        return;
    };
    let python = python.executable.to_str().unwrap();
    let _ = sandbox.venv(&index, "roots", &format!("-p {python} {DEMO}")).success();
    let before = Listing::fingerprint(&sandbox.cache(""));
    let url = index.url();
    for name in ["one", "two"] {
        let (mut command, _) = as_nobody(&sandbox, what).unwrap();
        let home = sandbox.root().join("nobody");
        command.args(["venv", name, "-i", &url, "-p", python]).args(DEMO.split(' '));
        command.env("SNAPENV_READ_STORES", sandbox.cache("")).current_dir(&home);
        let run = sandbox.finish(command).success();
        assert_eq!((run.hits(), warnings(&run)), (1, vec![]), "{run}");
        let (linked, tree) = (module(&home.join(name)), module(&home.join("cache/v1/trees")));
        let [linked, tree] = [linked, tree].map(|path| fs::metadata(path).unwrap());
        assert_eq!((linked.ino(), linked.uid()), (tree.ino(), 65_534));
        // Its archive is root's still.
        assert!(!home.join("cache/v1/archives").exists());
    }
    assert_eq!(Listing::fingerprint(&sandbox.cache("")), before);
}

/// `snapenv venv` as a member of the group, whose umask keeps everything from everybody.
fn as_member(sandbox: &Sandbox, uid: u32, index: &Index, (python, name, wanted): (&str, &str, &str)) -> Run {
    let (user, group) = (uid.to_string(), GROUP.to_string());
    let home = sandbox.root().join(&user);
    fs::create_dir_all(home.join("tmp")).unwrap();
    for folder in [&home, &home.join("tmp")] {
        chown(folder, Some(uid), Some(uid)).unwrap();
    }
    let binary = sandbox.root().join("snapenv");
    let options = ["--reuid", &user, "--regid", &user, "--groups", &group, "--"];
    let mut command: Command = sandbox.command("setpriv", options);
    command.args(["sh", "-c", "umask 077; exec \"$0\" \"$@\""]).arg(binary);
    command.args(["venv", name, "-i", &index.url(), "-p", python, "--no-seed", wanted]);
    command.env("HOME", &home).env("TMPDIR", home.join("tmp")).current_dir(&home);
    for variable in ["XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env_remove(variable);
    }
    sandbox.finish(command).success()
}

#[test]
fn members_of_a_group_share_a_store_whatever_their_umask() {
    let what = "a store that a group shares";
    let (mut sandbox, index) = world();
    if !rustix::process::geteuid().is_root() {
        return skipped(what, "only root can become other users");
    }
    let Some((_, python)) = as_nobody(&sandbox, what) else {
        return;
    };
    let python = python.executable.to_str().unwrap();
    let store = sandbox.root().join("groups");
    fs::create_dir(&store).unwrap();
    chown(&store, None, Some(GROUP)).unwrap();
    set_mode(&store, 0o2775);
    sandbox.set("SNAPENV_CACHE_DIR", &store);
    sandbox.set("SNAPENV_SHARED", "group");
    let member = |uid, name, wanted| as_member(&sandbox, uid, &index, (python, name, wanted));
    assert_eq!(member(65_501, "one", "demo==1.0").misses(), 1);
    let run = member(65_502, "two", "demo==1.0");
    // Files of another member can be copied only.
    assert_eq!(run.hits(), 1, "{run}");
    assert_eq!(member(65_502, "three", "other==1.0").misses(), 1);
    let run = member(65_501, "four", "other==1.0");
    assert_eq!(run.hits(), 1, "{run}");
    let _ = run.never_says("cannot").never_says("not kept");
    for (path, found) in folders_and_open_files(&store) {
        let wanted = if found.is_dir() { 0o2775 } else { 0o664 };
        assert_eq!((found.mode() & 0o7777, found.gid()), (wanted, GROUP), "{}", path.display());
    }
    sandbox.unset("SNAPENV_SHARED");
    let run = as_member(&sandbox, 65_502, &index, (python, "five", "demo==1.0"));
    let _ = run
        .says("by the group 42424; the store is not used")
        .says("SNAPENV_SHARED=group");
}

#[test]
fn damage_in_a_store_that_is_only_read_is_made_again_once() {
    let (mut sandbox, index) = world();
    let _ = sandbox.venv(&index, "first", DEMO).success();
    let damaged = module(&sandbox.cache("v1/trees"));
    set_mode(&damaged, 0o644);
    fs::write(&damaged, "import nothing_good\n").unwrap();
    let before = Listing::fingerprint(&sandbox.cache(""));
    sandbox.set("SNAPENV_READ_STORES", sandbox.cache(""));
    sandbox.set("SNAPENV_CACHE_DIR", sandbox.root().join("own"));
    let run = sandbox.venv(&index, "second", DEMO).success();
    assert_eq!((run.hits(), warnings(&run).len()), (1, 1), "{run}");
    let _ = run.says(
        "should repair the store [ROOT]/cache"
            .replace("[ROOT]", sandbox.root().to_str().unwrap())
            .as_str(),
    );
    let run = sandbox.venv(&index, "third", DEMO).success();
    assert_eq!((run.hits(), warnings(&run)), (1, vec![]), "{run}");
    let _ = sandbox.run(sandbox.work("third/bin/python"), ["-c", "import demo"]).success();
    assert_eq!(Listing::fingerprint(&sandbox.cache("")), before);
}

#[test]
fn a_store_that_becomes_full_costs_a_warning() {
    let (mut sandbox, index) = world();
    let Some(disk) = Mount::tmpfs(&sandbox, "a store that becomes full", "small", "size=400k,mode=755") else {
        return;
    };
    sandbox.set("SNAPENV_READ_STORES", sandbox.cache(""));
    sandbox.set("SNAPENV_CACHE_DIR", disk.folder().join("store"));
    let run = sandbox.venv(&index, "venv", DEMO).success();
    assert_eq!(run.misses(), 1, "{run}");
    let _ = run.says("No space left").says("what is new is not kept in the store");
    let _ = sandbox.run(sandbox.work("venv/bin/python"), ["-c", "import demo"]).success();
    assert_eq!(fs::read_dir(disk.folder().join("store/v1/tmp")).unwrap().count(), 0);
    sandbox.assert_nothing_half_done();
    // A run that is for nothing but the store says that it cannot.
    let url = index.url();
    let warm = ["cache", "warm", "-i", &url, "--no-seed", "demo==1.0"];
    let _ = sandbox.snapenv(warm).fails_with(1).says("No space left");
    // There is no other place either.
    sandbox.set("TMPDIR", disk.folder().join("tmp"));
    fs::create_dir(disk.folder().join("tmp")).unwrap();
    let run = sandbox.venv(&index, "nowhere", DEMO).fails_with(1);
    let _ = run.says("No space left").says("hint: free some space");
    assert!(!sandbox.work("nowhere").exists());
}

#[test]
fn a_path_that_is_no_text_is_refused() {
    let mut sandbox = Sandbox::with_empty_store();
    let name = std::ffi::OsString::from_vec(b"/tmp/\xff".to_vec());
    sandbox.set("SNAPENV_CACHE_DIR", name);
    let run = sandbox.snapenv(["cache", "dir"]).fails_with(2);
    let _ = run.says("SNAPENV_CACHE_DIR: its value is not UTF-8");
}
