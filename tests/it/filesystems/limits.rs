//! Filesystems at their end: full, read-only, names and paths too long.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use super::interrupted::{ATTEMPTS, interrupted};
use super::mount::Mount;
use super::{DEEP, LONG, MANY, PINNED, SMALL, library, names, works_uncompiled, world};
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::tree::Listing;

#[test]
fn a_full_disk_leaves_what_was_there() {
    let what = "environments on a full disk";
    let (sandbox, known) = world();
    let index = &known.index;
    for (name, options) in [
        ("bytes", "size=200k"),
        ("skeleton", "nr_inodes=2"),
        ("scripts", "nr_inodes=5"),
        ("files", "nr_inodes=12"),
        ("rest", "nr_inodes=30"),
    ] {
        let Some(disk) = Mount::tmpfs(&sandbox, what, &format!("work/{name}"), options) else {
            return;
        };
        let run = sandbox.venv(index, &format!("{name}/venv"), PINNED).fails_with(1);
        let _ = run.says("No space left").says("hint: free some space");
        assert!(names(disk.folder()).is_empty());
    }
    let Some(disk) = Mount::tmpfs(&sandbox, what, "work/replaced", "size=300k") else {
        return;
    };
    let _ = sandbox.venv(index, "replaced/venv", SMALL).success();
    let before = Listing::fingerprint(disk.folder());
    for clear in ["", "--clear "] {
        let _ = sandbox
            .venv(index, "replaced/venv", &format!("{clear}{PINNED}"))
            .fails_with(1)
            .says("No space left");
        assert_eq!(Listing::fingerprint(disk.folder()), before);
    }
    drop(disk);
    sandbox.assert_nothing_half_done();
}

#[test]
fn a_full_disk_leaves_an_environment_layered_that_was_to_be_flat() {
    let (sandbox, known) = world();
    let Some(disk) = Mount::tmpfs(&sandbox, "making flat on a full disk", "work/thin", "size=300k") else {
        return;
    };
    let _ = sandbox
        .venv(&known.index, "thin/venv", &format!("--link-mode layered {PINNED}"))
        .success();
    let before = Listing::fingerprint(disk.folder());
    let run = sandbox.snapenv(["venv", "--materialize", "thin/venv"]).fails_with(1);
    let _ = run.says("No space left");
    assert_eq!(Listing::fingerprint(disk.folder()), before);
}

#[test]
fn a_store_that_is_only_read_serves_hits() {
    let (sandbox, known) = world();
    let index = &known.index;
    let before = Listing::fingerprint(&sandbox.cache(""));
    let mounted = Mount::read_only(&sandbox, "a store on a read-only mount", "cache");
    if mounted.is_none() {
        fs::set_permissions(sandbox.cache("v1/tmp"), fs::Permissions::from_mode(0o555)).unwrap();
    }
    let run = sandbox.venv(index, "second", PINNED).success();
    assert_eq!(run.hits(), 1, "{run}");
    if mounted.is_some() || !rustix::process::geteuid().is_root() {
        let _ = run.says("is not kept in the store");
    }
    works_uncompiled(&sandbox, "second");
    // The store in its stead goes with the process, whichever way that ends.
    let in_time = (0..ATTEMPTS).any(|_| interrupted(&sandbox, index, Path::new("third"), MANY, Signal::INT));
    assert!(in_time);
    drop(mounted);
    fs::set_permissions(sandbox.cache("v1/tmp"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(Listing::fingerprint(&sandbox.cache("")), before);
    sandbox.assert_nothing_half_done();
}

/// A folder whose path has that many bytes.
fn far_down(sandbox: &Sandbox, bytes: usize) -> PathBuf {
    let mut folder = sandbox.work("far");
    while folder.as_os_str().len() + 202 < bytes {
        folder.push("x".repeat(100));
    }
    folder.push("x".repeat(bytes - folder.as_os_str().len() - 1));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[track_caller]
fn is_too_long(run: Run) {
    let run = run.fails_with(1).says("too long").says("hint: choose a shorter path");
    assert_eq!(
        run.stderr.lines().filter(|line| line.starts_with("error:")).count(),
        1,
        "{run}"
    );
}

#[test]
fn paths_and_names_that_are_too_long() {
    let (sandbox, known) = world();
    let index = &known.index;
    let folder = far_down(&sandbox, 4_040);
    for name in ["venv", "not/there/yet"] {
        is_too_long(sandbox.venv(index, folder.join(name).to_str().unwrap(), PINNED));
    }
    assert!(names(&folder).iter().all(|name| name == "not"), "{:?}", names(&folder));
    // Folders that are open reach farther than paths do, and Python needs paths.
    let folder = far_down(&sandbox, 3_600);
    let target = folder.join("venv");
    let target = target.to_str().unwrap();
    is_too_long(sandbox.venv(index, target, DEEP));
    assert!(!PathBuf::from(target).exists() && names(&folder).iter().all(|name| !name.contains("snapenv")));
    let _ = sandbox.venv(index, target, PINNED).success();
    works_uncompiled(&sandbox, target);

    // There is no room for the name of a folder beside it.
    let longest = "y".repeat(255);
    let _ = sandbox.venv(index, &longest, PINNED).success();
    let _ = sandbox.venv(index, &longest, &format!("--clear {PINNED}")).success();
    works_uncompiled(&sandbox, &longest);
    is_too_long(sandbox.venv(index, &"y".repeat(256), PINNED));
    assert_eq!(names(&sandbox.work("")).len(), 2);
}

#[test]
fn a_module_whose_bytecode_has_no_room_for_its_name_is_installed_without_it() {
    let (sandbox, known) = world();
    let index = &known.index;
    let name = format!("{}.py", "n".repeat(252));
    let _ = sandbox.venv(index, "venv", LONG).success();
    let folder = library(&sandbox, "venv").join("long");
    assert!(folder.join(name).is_file());
    assert_eq!(names(&folder.join("__pycache__")).len(), 1);
}
