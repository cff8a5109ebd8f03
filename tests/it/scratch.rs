//! A folder of this test process for what its tests share; nothing in it is changed once it is made.

use std::fs::{self, File};
use std::path::Path;
use std::sync::OnceLock;

use tempfile::TempDir;

struct Scratch {
    folder: TempDir,
    /// Held for as long as the process lives.
    _lock: File,
}

/// The folder, made when it is first asked for.
pub(crate) fn folder() -> &'static Path {
    static SCRATCH: OnceLock<Scratch> = OnceLock::new();
    SCRATCH.get_or_init(Scratch::new).folder.path()
}

impl Scratch {
    fn new() -> Self {
        let parent = Path::new(env!("CARGO_TARGET_TMPDIR")).join("it");
        fs::create_dir_all(&parent).unwrap();
        // What is made before it is locked must not be taken for a dead process'.
        let sweeping = File::create(parent.join("lock")).unwrap();
        sweeping.lock().unwrap();
        sweep(&parent);
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&parent).unwrap();
        let lock = File::create(folder.path().join("lock")).unwrap();
        lock.lock().unwrap();
        Self { folder, _lock: lock }
    }
}

/// Removes the folders of processes that have ended: a static is never dropped, so none removes its own.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).unwrap().map(Result::unwrap) {
        let lock = File::open(entry.path().join("lock"));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            fs::remove_dir_all(entry.path()).unwrap();
        }
    }
}

#[test]
fn folders_of_living_processes_stay() {
    let parent = tempfile::tempdir().unwrap();
    let locks = ["dead", "alive"].map(|name| {
        fs::create_dir(parent.path().join(name)).unwrap();
        File::create(parent.path().join(name).join("lock")).unwrap()
    });
    let [dead, alive] = locks;
    drop(dead);
    alive.lock().unwrap();
    sweep(parent.path());
    assert!(!parent.path().join("dead").exists() && parent.path().join("alive").exists());
    assert!(folder().is_dir());
}
