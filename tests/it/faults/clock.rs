//! Clocks that jump, and what a power cut leaves of trees.

use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use super::arena::{ALL, Arena};

/// Gives all that is not linked into environments (trees are compared by time) another time.
fn set_all(arena: &Arena, time: SystemTime) {
    let trees = arena.sandbox.cache("v1/trees");
    for entry in WalkDir::new(arena.sandbox.cache("v1")).into_iter().map(Result::unwrap) {
        if !entry.path().starts_with(&trees) {
            let times = FileTimes::new().set_modified(time).set_accessed(time);
            File::open(entry.path()).unwrap().set_times(times).unwrap();
        }
    }
}

#[test]
fn a_store_from_the_past_or_the_future_is_used_and_swept_as_any() {
    let arena = Arena::new();
    let whole = arena.reference("target", ALL);
    let _ = arena.venv("target", ALL).success();
    arena.remove("target");
    let century = Duration::from_hours(24 * 365 * 60);
    for time in [SystemTime::UNIX_EPOCH + Duration::from_secs(1), SystemTime::now() + century] {
        let dead = arena.sandbox.cache("v1/tmp/host-1-dead");
        fs::create_dir(&dead).unwrap();
        set_all(&arena, time);
        let _ = arena.venv("target", ALL).success().never_says("anew");
        assert_eq!(arena.found("target"), whole);
        assert_eq!(arena.left(), [].into());
        let _ = arena.sandbox.snapenv(["cache", "prune"]).success();
        arena.remove("target");
        let _ = arena.venv("target", ALL).success();
        assert_eq!(arena.found("target"), whole);
        arena.remove("target");
    }
}

/// What an older boot made and nobody has flushed is looked at by content: its files may be of the right size and time, and empty.
#[test]
fn trees_that_a_power_cut_has_torn_are_made_again() {
    let arena = Arena::new();
    let whole = arena.reference("target", ALL);
    let _ = arena.venv("target", ALL).success();
    arena.remove("target");
    let trees: Vec<PathBuf> = WalkDir::new(arena.sandbox.cache("v1/trees"))
        .min_depth(2)
        .max_depth(2)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .collect();
    let nanoseconds = |tree: &PathBuf| fs::metadata(tree).unwrap().mtime_nsec();
    let made = trees.iter().filter(|tree| tree.join("lib").exists()).collect::<Vec<_>>();
    assert!(
        made.iter().filter(|tree| nanoseconds(tree) == 0).count() >= 3,
        "they are flushed"
    );
    let torn = WalkDir::new(arena.sandbox.cache("v1/trees")).into_iter().map(Result::unwrap);
    let torn = torn.filter(|entry| entry.file_name() == "module_3.py" && entry.path().to_string_lossy().contains("demo"));
    let torn = torn.last().unwrap().into_path();
    let metadata = fs::metadata(&torn).unwrap();
    fs::set_permissions(&torn, Permissions::from_mode(0o644)).unwrap();
    fs::write(&torn, vec![0; usize::try_from(metadata.len()).unwrap()]).unwrap();
    let file = File::options().write(true).open(&torn).unwrap();
    file.set_times(FileTimes::new().set_modified(metadata.modified().unwrap()))
        .unwrap();
    fs::set_permissions(&torn, metadata.permissions()).unwrap();
    let another_boot = || {
        for tree in &trees {
            let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
            if let Ok(tree) = File::open(tree) {
                tree.set_times(FileTimes::new().set_modified(time)).unwrap();
            }
        }
    };
    another_boot();
    let _ = arena.venv("target", ALL).success().says("was changed in the store");
    assert_eq!(arena.found("target"), whole);
    arena.remove("target");
    let run = arena.venv("target", ALL).success();
    let _ = run.never_says("was changed in the store");
    let again = trees.iter().filter(|tree| tree.exists() && nanoseconds(tree) == 123_456_789);
    let others = again.filter(|tree| !has(tree, "reader") && !has(tree, "pip"));
    assert_eq!(others.count(), 0, "once is enough");
}

/// Whether a tree is of this project.
fn has(tree: &Path, project: &str) -> bool {
    let libraries = WalkDir::new(tree).max_depth(4).into_iter().filter_map(Result::ok);
    let mut folders = libraries.filter(|entry| entry.depth() == 4);
    folders.any(|entry| entry.file_name() == project)
}
