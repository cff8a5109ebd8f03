//! Promise five: what somebody does to the files of one environment reaches no later one unnoticed.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;

use walkdir::WalkDir;

use super::{library, warnings};
use crate::index::Index;
use crate::sandbox::Sandbox;
use crate::skipped::skipped;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

const COUNT: usize = 30;

#[test]
fn what_is_done_to_an_environment_reaches_no_later_one() {
    let (sandbox, index) = (Sandbox::new(), Index::of_hollow_pip());
    let mut asked = "--no-seed".to_owned();
    for number in 0..COUNT {
        let name = format!("demo{number}");
        index.publish(
            WheelBuilder::new(&name, "1.0")
                .file(&format!("{name}/data.txt"), "data\n")
                .build(),
        );
        asked = format!("{asked} {name}==1.0");
    }
    let _ = sandbox.venv(&index, "first", &asked).success();
    let right = Listing::fingerprint(&library(&sandbox, "first"));
    let quarantined = || fs::read_dir(sandbox.cache("v1/quarantine")).map_or(0, Iterator::count);
    let heals = |environment: &str, trees: usize| {
        let before = quarantined();
        let run = sandbox.venv(&index, environment, &asked).success();
        let told = warnings(&run);
        // Five are named, the others counted.
        let (named, counted): (Vec<&str>, Vec<&str>) = told
            .iter()
            .copied()
            .partition(|line| line.contains("was changed in the store"));
        assert_eq!(named.len(), trees.min(5), "{run}");
        assert_eq!(counted.len(), usize::from(trees > 5), "{run}");
        let more = format!("{} more distributions were changed", trees.saturating_sub(5));
        assert!(counted.iter().all(|line| line.contains(&more)), "{run}");
        assert_eq!(quarantined() - before, trees, "{run}");
        assert_eq!(Listing::fingerprint(&library(&sandbox, environment)), right, "{run}");
        run
    };
    let _ = heals("untouched", 0);

    // Whoever may write (as root may, always) does.
    let file = library(&sandbox, "untouched").join("demo7/data.txt");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::File::options()
        .append(true)
        .open(&file)
        .unwrap()
        .write_all(b"poison\n")
        .unwrap();
    let _ = heals("appended", 1).says("demo7/data.txt");

    let _ = sandbox.run("chmod", ["-R", "u+w", "appended"]).success();
    let _ = heals("chmodded", COUNT);

    if rustix::process::geteuid().is_root() {
        chown_all(&sandbox.work("chmodded"), 65534);
        let _ = heals("chowned", COUNT);
    } else {
        skipped(
            "an environment that is given to another user",
            "only root may give files away",
        );
    }
    let _ = heals("last", 0);
    sandbox.assert_nothing_half_done();
}

/// `chown -R`.
fn chown_all(folder: &Path, user: u32) {
    for entry in WalkDir::new(folder) {
        let entry = entry.unwrap();
        if !entry.path_is_symlink() {
            chown(entry.path(), Some(user), None).unwrap();
        }
    }
}
