//! Power cuts: a filesystem is shut down without flushing, and mounted again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::arena::{ALL, Arena};
use super::{Dice, Scale};
use crate::sandbox::Sandbox;
use crate::skipped::{say, skipped};

/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`: from then on nothing reaches the disk.
const CUT: &str =
    "import fcntl, os, struct, sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

/// An ext4 filesystem in a file.
struct Disk {
    image: PathBuf,
    folder: PathBuf,
}

fn system(program: &str, arguments: &[&str], path: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").args(arguments).arg(path);
    command
}

fn works(mut command: Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

impl Disk {
    fn new(sandbox: &Sandbox) -> Option<Self> {
        let disk = Self {
            image: sandbox.root().join("disk"),
            folder: sandbox.cache(""),
        };
        fs::File::create(&disk.image).unwrap().set_len(256 << 20).unwrap();
        (works(system("mkfs.ext4", &["-q"], &disk.image)) && disk.mount()).then_some(disk)
    }

    fn mount(&self) -> bool {
        let mut command = system("mount", &["-o", "loop"], &self.image);
        command.arg(&self.folder);
        works(command)
    }

    fn unmount(&self) -> bool {
        (0..100).any(|_| {
            works(system("umount", &[], &self.folder)) || {
                thread::sleep(Duration::from_millis(50));
                false
            }
        })
    }

    fn cut(&self, sandbox: &Sandbox) -> bool {
        let python = &sandbox.python().executable;
        let mut command = Command::new(python);
        command.args(["-I", "-c", CUT]).arg(&self.folder);
        works(command)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = works(system("umount", &["-l"], &self.folder));
    }
}

/// Real cuts take a disk of their own: they are part of the long campaign.
#[test]
fn a_power_cut_costs_work_only() {
    let Scale::Long(runs) = Scale::asked() else { return };
    let cuts = (runs / 20).max(3);
    let sandbox = Sandbox::with_empty_store();
    let Some(disk) = Disk::new(&sandbox) else {
        return skipped("power cuts", "no ext4 can be mounted here");
    };
    crate::seed::copy_to(&sandbox.cache(""));
    let arena = Arena::within(sandbox);
    let mode = |asked: &str| format!("--link-mode copy {asked}");
    let asked = mode(ALL);
    let whole = arena.reference("target", &asked);
    let _ = Command::new("sync").status();
    let (mut dice, mut late, mut again, mut told) = (Dice::new(), 0, 0, 0);
    let seed = dice.seed();
    for cut in 0..cuts {
        arena.forget();
        let _ = Command::new("sync").status();
        let mut child = arena.venv_command("target", &asked).spawn().unwrap();
        thread::sleep(dice.part_of(Duration::from_millis(1500)));
        late += usize::from(child.try_wait().unwrap().is_some());
        if !disk.cut(&arena.sandbox) {
            let _ = child.kill();
            let _ = child.wait();
            return skipped("power cuts", "this kernel shuts no ext4 down");
        }
        let ended = child.wait().unwrap();
        // It may well have gone on without the store.
        let there = arena.sandbox.work("target").exists();
        assert!(!ended.success() || there, "cut {cut} (seed {seed})");
        assert!(
            !there || arena.found("target") == whole,
            "cut {cut} (seed {seed}): another environment"
        );
        arena.remove("target");
        assert!(disk.unmount() && disk.mount(), "cut {cut}: it cannot be mounted again");
        // Nobody knows of another boot here: the trees are as if of one.
        for entry in walkdir::WalkDir::new(arena.sandbox.cache("v1/trees"))
            .min_depth(2)
            .max_depth(2)
        {
            let tree = entry.unwrap().into_path();
            let found = fs::metadata(&tree).unwrap();
            if std::os::unix::fs::MetadataExt::mtime_nsec(&found) != 0 {
                let time = std::time::SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
                let times = fs::FileTimes::new().set_modified(time);
                fs::File::open(&tree).unwrap().set_times(times).unwrap();
            }
        }
        let run = arena.venv("target", &asked).success();
        assert_eq!(arena.found("target"), whole, "cut {cut} (seed {seed})\n{run}");
        assert_eq!(arena.left(), [].into(), "cut {cut} (seed {seed}): left over");
        again += usize::from(run.misses() > 0);
        told += usize::from(run.stderr.contains("warning"));
        arena.remove("target");
    }
    say(&format!(
        "faults: {cuts} power cuts (seed {seed}), {late} after the run: {again} runs had to make something again, {told} told of damage, \
         0 wrong environments, 0 leftovers"
    ));
    drop(disk);
}
