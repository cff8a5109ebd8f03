//! Link modes: what they make, and what is done and said where they cannot.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::io::Errno;

use super::mount::{Kind, Mount, elsewhere, run, tool};
use super::{MANY, PINNED, copy_store, essence, in_store, inode, interrupted, library, mode, warnings, works_uncompiled, world};
use crate::nobody::as_nobody;
use crate::sandbox::Sandbox;
use crate::skipped::skipped;

const BULK: &str = "demo/bulk.bin";
const SOURCE: &str = "demo/sub/inner.py";

#[test]
fn clones_on_xfs() {
    clones_on(Kind::Xfs);
}

#[test]
fn clones_on_btrfs() {
    clones_on(Kind::Btrfs);
}

/// Store and environments on a filesystem that can clone.
fn clones_on(kind: Kind) {
    let (mut sandbox, known) = world();
    let index = &known.index;
    let Some(disk) = Mount::image(&sandbox, kind, "work/disk") else {
        return;
    };
    let store = disk.folder().join("cache");
    copy_store(&sandbox.cache(""), &store, &sandbox);
    sandbox.set("SNAPENV_CACHE_DIR", &store);

    let run = sandbox.venv(index, "disk/linked", PINNED).success();
    assert!(run.summary().ends_with("hardlink") && warnings(&run).is_empty(), "{run}");
    let linked = library(&sandbox, "disk/linked");
    for name in [BULK, SOURCE] {
        assert_eq!(inode(&linked.join(name)), inode(&in_store(&store, name)));
    }
    let run = sandbox
        .venv(index, "disk/cloned", &format!("--link-mode clone {PINNED}"))
        .success();
    assert!(run.summary().ends_with("clone") && warnings(&run).is_empty(), "{run}");
    let cloned = library(&sandbox, "disk/cloned");
    for name in [BULK, SOURCE] {
        let (clone, original) = (cloned.join(name), in_store(&store, name));
        assert_ne!(inode(&clone), inode(&original));
        assert_eq!(mode(&clone), 0o644);
        let times = [&clone, &original].map(|path| fs::metadata(path).unwrap().modified().unwrap());
        assert_eq!(times[0], times[1], "{name}");
    }
    shares_blocks(&cloned.join(BULK));
    works_uncompiled(&sandbox, "disk/cloned");
    works_uncompiled(&sandbox, "disk/linked");

    // What happens to a clone reaches nobody.
    append(&cloned.join(SOURCE));
    let run = sandbox
        .venv(index, "disk/next", &format!("--link-mode clone {PINNED}"))
        .success();
    assert!(warnings(&run).is_empty(), "{run}");
    let text = fs::read_to_string(library(&sandbox, "disk/next").join(SOURCE)).unwrap();
    assert_eq!(text, "VALUE = 2\n");

    interrupted::survives_signals(&sandbox, index, Path::new("disk"), &format!("--link-mode clone {MANY}"));
    drop(disk);
}

/// Demands that all blocks of a file are shared with another one.
fn shares_blocks(file: &Path) {
    match run(tool("filefrag").args(["-s", "-v"]).arg(file)) {
        Ok(text) => {
            let is_extent = |line: &&str| {
                line.trim_start()
                    .split(':')
                    .next()
                    .is_some_and(|word| word.parse::<u32>().is_ok())
            };
            let extents: Vec<&str> = text.lines().filter(is_extent).collect();
            let shared = extents.iter().all(|line| line.contains("shared"));
            assert!(shared && !extents.is_empty(), "{text}");
        }
        Err(why) => skipped("shared blocks of clones", &why),
    }
}

fn append(file: &Path) {
    let mut file = fs::File::options().append(true).open(file).unwrap();
    file.write_all(b"VALUE = 666\n").unwrap();
}

#[test]
fn another_filesystem_costs_a_line_and_copies() {
    let (mut sandbox, known) = world();
    let index = &known.index;
    let Some(memory) = elsewhere(&sandbox, "environments on another filesystem than the store") else {
        return;
    };
    let run = sandbox.venv(index, ".venv", PINNED).success();
    assert!(warnings(&run).is_empty(), "{run}");
    let linked = essence(&sandbox.work(".venv"));
    fs::remove_dir_all(sandbox.work(".venv")).unwrap();
    // The same store in memory, the environment on disk.
    let store = memory.path().join("cache");
    copy_store(&sandbox.cache(""), &store, &sandbox);
    sandbox.set("SNAPENV_CACHE_DIR", &store);
    for asked in ["", "--link-mode hardlink", "--link-mode clone"] {
        let run = sandbox.venv(index, ".venv", &format!("{asked} {PINNED}")).success();
        assert_eq!((run.hits(), warnings(&run).len()), (1, 1), "{run}");
        assert!(run.summary().ends_with("copy"), "{run}");
        let run = run.says("SNAPENV_CACHE_DIR").says("--link-mode copy");
        assert!(run.output().contains(store.to_str().unwrap()), "{run}");
        assert_eq!(essence(&sandbox.work(".venv")), linked);
        works_uncompiled(&sandbox, ".venv");
        fs::remove_dir_all(sandbox.work(".venv")).unwrap();
    }
    let run = sandbox.venv(index, ".venv", &format!("--link-mode copy {PINNED}")).success();
    assert!(warnings(&run).is_empty(), "{run}");
    let copy = library(&sandbox, ".venv").join(SOURCE);
    assert_eq!((mode(&copy), fs::metadata(&copy).unwrap().nlink()), (0o644, 1));

    // Both in memory: links work there, clones do not.
    let there = memory.path().join("venv");
    let there = there.to_str().unwrap();
    let run = sandbox.venv(index, there, PINNED).success();
    assert!(run.summary().ends_with("hardlink") && warnings(&run).is_empty(), "{run}");
    let run = sandbox.venv(index, there, &format!("--link-mode clone {PINNED}")).success();
    assert!(run.summary().ends_with("copy") && warnings(&run).len() == 1, "{run}");
    let _ = run.says("can clone");
    works_uncompiled(&sandbox, there);
}

#[test]
fn files_that_cannot_be_linked_are_copied() {
    let (sandbox, known) = world();
    let index = &known.index;
    let _ = sandbox.venv(index, "first", PINNED).success();
    if let Some(_full) = all_links_taken(&sandbox, &in_store(&sandbox.cache(""), SOURCE)) {
        only_the_source_is_copied(&sandbox, index, "second");
    }
    if let Some(_immutable) = Immutable::new(&in_store(&sandbox.cache(""), SOURCE)) {
        only_the_source_is_copied(&sandbox, index, "third");
    }
    let run = sandbox.venv(index, "fourth", PINNED).success();
    assert!(warnings(&run).is_empty(), "{run}");
}

#[track_caller]
fn only_the_source_is_copied(sandbox: &Sandbox, index: &crate::index::Index, environment: &str) {
    let run = sandbox.venv(index, environment, PINNED).success();
    assert!(run.summary().ends_with("hardlink") && warnings(&run).len() == 1, "{run}");
    let _ = run.says("1 file could not be linked");
    let library = library(sandbox, environment);
    let metadata = fs::metadata(library.join(SOURCE)).unwrap();
    assert_eq!((metadata.nlink(), mode(&library.join(SOURCE))), (1, 0o644));
    assert_eq!(inode(&library.join(BULK)), inode(&in_store(&sandbox.cache(""), BULK)));
    works_uncompiled(sandbox, environment);
}

/// As many links to a file as it can have.
fn all_links_taken(sandbox: &Sandbox, file: &Path) -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir_in(sandbox.root()).unwrap();
    for number in 0..66_000 {
        match rustix::fs::link(file, folder.path().join(number.to_string())) {
            Ok(()) => {}
            Err(Errno::MLINK) => return Some(folder),
            Err(errno) => panic!("{errno}"),
        }
    }
    skipped("a file with all the links it can have", "this filesystem sets no limit");
    None
}

/// A file that root cannot link.
struct Immutable(PathBuf);

impl Immutable {
    fn new(file: &Path) -> Option<Self> {
        match run(tool("chattr").arg("+i").arg(file)) {
            Ok(_) => Some(Self(file.to_owned())),
            Err(why) => {
                skipped("a file that may not be linked", &why);
                None
            }
        }
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        let _ = run(tool("chattr").arg("-i").arg(&self.0));
    }
}

#[test]
fn somebody_elses_store_is_read_and_copied_from() {
    let what = "a store of another user's";
    let (sandbox, known) = world();
    let index = &known.index;
    if !rustix::process::geteuid().is_root() {
        return skipped(what, "only root can become another user");
    }
    let Some((command, python)) = as_nobody(&sandbox, what) else {
        return;
    };
    let python = python.executable.to_str().unwrap();
    let _ = sandbox.venv(index, "first", &format!("-p {python} {PINNED}")).success();
    let mut command: Command = command;
    let url = index.url();
    let target = sandbox.root().join("nobody/venv");
    let arguments = ["venv", target.to_str().unwrap(), "-i", &url, "-p", python];
    command.args(arguments).args(PINNED.split(' '));
    command.env("SNAPENV_CACHE_DIR", sandbox.cache(""));
    command.current_dir(sandbox.root().join("nobody"));
    let run = sandbox.finish(command).success();
    assert_eq!(run.hits(), 1, "{run}");
    let protected = fs::read_to_string("/proc/sys/fs/protected_hardlinks").is_ok_and(|text| text.trim() == "1");
    if protected {
        let lines = warnings(&run).into_iter();
        assert_eq!(lines.filter(|line| line.contains("could not be linked")).count(), 1, "{run}");
    }
    let _ = sandbox
        .run(target.join("bin/python"), ["-c", "import demo.sub.inner"])
        .success();
}
