//! Disks that are full.

use std::fs;

use super::Scale;
use super::arena::{ALL, Arena};
use crate::filesystems::mount::Mount;
use crate::sandbox::Sandbox;
use crate::skipped::say;

/// However little room the store has, the environment is made, elsewhere; and once there is room, nothing of the trouble is left.
#[test]
fn a_full_disk_or_one_without_inodes_costs_no_environment() {
    let sizes: Vec<String> = if Scale::asked().is_long() {
        let kilobytes = (4300..6200).step_by(40).map(|size| format!("size={size}k"));
        let inodes = (340..620).step_by(10).map(|inodes| format!("size=50m,nr_inodes={inodes}"));
        kilobytes.chain(inodes).collect()
    } else {
        vec!["size=50m,nr_inodes=450".to_owned()]
    };
    let (mut full, mut runs) = (0, 0);
    for options in sizes {
        let sandbox = Sandbox::with_empty_store();
        let Some(disk) = Mount::tmpfs(&sandbox, "full disks", "cache", &options) else {
            return;
        };
        crate::seed::copy_to(&sandbox.cache(""));
        let arena = Arena::within(sandbox);
        let whole = arena.reference("target", ALL);
        // Environments are on another filesystem: they are copies.
        let run = arena.venv("target", &format!("--link-mode copy {ALL}")).success();
        full += usize::from(run.output().contains("warning"));
        runs += 1;
        let content = |text: &str| -> Vec<String> {
            // Of copies the mode differs.
            let names = text.lines().map(|line| line.split(" File(").next().unwrap().to_owned());
            names.collect()
        };
        assert_eq!(content(&arena.found("target")), content(&whole), "{options}");
        arena.remove("target");
        assert_eq!(arena.left(), [].into(), "{options}: left over");
        let more = std::process::Command::new("mount")
            .args(["-o", "remount,size=100m,nr_inodes=100000"])
            .arg(disk.folder())
            .status();
        assert!(more.unwrap().success());
        let run = arena.venv("target", &format!("--link-mode copy {ALL}")).success();
        let _ = run.never_says("warning");
        assert_eq!(content(&arena.found("target")), content(&whole), "{options}");
        let _ = fs::remove_dir_all(arena.sandbox.work("target"));
    }
    say(&format!(
        "faults: {runs} runs with too small a disk, {full} of them told so, 0 wrong environments"
    ));
    assert!(full > 0, "every disk was large enough");
}
