//! Disks that are full.

use std::process::Command;

use super::Scale;
use super::arena::{ALL, Arena};
use crate::filesystems::mount::Mount;
use crate::sandbox::Sandbox;
use crate::skipped::say;

/// However little room the store has, the environment is made, elsewhere; and once there is room, nothing of the trouble is left.
#[test]
fn a_full_disk_or_one_without_inodes_costs_no_environment() {
    let sandbox = Sandbox::with_empty_store();
    let Some(disk) = Mount::tmpfs(&sandbox, "full disks", "cache", "mode=755,size=100m,nr_inodes=100000") else {
        return;
    };
    crate::seed::copy_to(&sandbox.cache(""));
    let arena = Arena::within(sandbox);
    // Environments are on another filesystem: they are copies.
    let asked = format!("--link-mode copy {ALL}");
    let whole = arena.reference("target", &asked);
    let resize = |kilobytes: u64, inodes: u64| {
        let size = format!("remount,size={kilobytes}k,nr_inodes={inodes}");
        let resized = Command::new("mount").args(["-o", &size]).arg(disk.folder()).status();
        assert!(resized.unwrap().success(), "{size}");
    };
    // Room beyond what is taken: in KiB, and in files.
    let rooms: Vec<(u64, u64)> = if Scale::asked().is_long() {
        let bytes = (0..600).step_by(12).map(|kilobytes| (kilobytes, 50_000));
        bytes.chain((1..160).step_by(4).map(|inodes| (50_000, inodes))).collect()
    } else {
        vec![(50_000, 40)]
    };
    let mut full = 0;
    for (kilobytes, inodes) in &rooms {
        arena.forget();
        let taken = rustix::fs::statvfs(disk.folder()).unwrap();
        let used = (taken.f_blocks - taken.f_bfree) * taken.f_frsize / 1024;
        resize(used + kilobytes, taken.f_files - taken.f_ffree + inodes);
        let run = arena.venv("target", &asked).success();
        full += usize::from(run.stderr.contains("warning"));
        assert_eq!(arena.found("target"), whole, "{kilobytes} KiB, {inodes} files\n{run}");
        arena.remove("target");
        assert_eq!(arena.left(), [].into(), "{kilobytes} KiB, {inodes} files: left over");
        resize(100_000, 100_000);
        let run = arena.venv("target", &asked).success().never_says("warning");
        assert_eq!(
            arena.found("target"),
            whole,
            "{kilobytes} KiB, {inodes} files, then room\n{run}"
        );
        arena.remove("target");
    }
    say(&format!(
        "faults: {} runs with too small a disk, {full} of them told so, 0 wrong environments, 0 leftovers",
        rooms.len()
    ));
    assert!(full > 0, "every disk was large enough");
}
