//! A store that stays whole: what is damaged in it costs work and one warning, never a right environment; `cache verify` finds it.

mod damage;
mod verify;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

/// A request that is answered from known pins.
pub(crate) const PINNED: &str = "--no-seed demo==1.0 helper==1.0";
/// One for which pages are read.
pub(crate) const LOOSE: &str = "--no-seed demo helper";
/// One for which something is built.
pub(crate) const BUILT: &str = "--no-seed made";

/// A store with an entry of every kind, and a copy of it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) index: Index,
    pub(crate) pristine: PathBuf,
}

impl World {
    pub(crate) fn new() -> Self {
        let (sandbox, index) = (Sandbox::with_empty_store(), Index::of_hollow_pip());
        let demo = WheelBuilder::new("demo", "1.0")
            .requires("helper")
            .console("demo-tool", "demo:main")
            .file("demo/static/style.css", "body {}\n")
            .script("tool", "#!python\nprint('tool')\n");
        index.publish(demo.build());
        index.publish(WheelBuilder::new("helper", "1.0").build());
        index.publish(SdistBuilder::new("made", "1.0").build());
        let world = Self {
            pristine: sandbox.root().join("pristine"),
            sandbox,
            index,
        };
        for asked in [LOOSE, PINNED, BUILT] {
            let _ = world.venv(asked).success().never_says("as pip 2");
        }
        let _ = world.venv(&format!("--link-mode layered {PINNED}")).success();
        let url = world.index.url();
        let warm = ["cache", "warm", "-i", url.as_str()].into_iter().chain(PINNED.split(' '));
        let _ = world.sandbox.snapenv(warm).success().says("1 waiting");
        // Layered environments hold it alive.
        let _ = world
            .sandbox
            .venv(&world.index, "tenant", &format!("--link-mode layered {PINNED}"))
            .success();
        world.copy(&world.sandbox.cache("v1"), &world.pristine);
        world
    }

    /// A copy with links and times, in the place of what is there.
    pub(crate) fn copy(&self, from: &Path, to: &Path) {
        remove(to);
        let paths = [from.to_str().unwrap(), to.to_str().unwrap()];
        let _ = self.sandbox.run("cp", ["-a"].into_iter().chain(paths)).success();
    }

    /// Puts the store back as it was.
    pub(crate) fn restore(&self) {
        self.copy(&self.pristine, &self.sandbox.cache("v1"));
    }

    /// Makes an environment, always in the same place.
    pub(crate) fn venv(&self, asked: &str) -> Run {
        let folder = self.sandbox.work("env");
        if folder.exists() {
            fs::remove_dir_all(folder).unwrap();
        }
        self.sandbox.venv(&self.index, "env", asked)
    }

    pub(crate) fn environment(&self) -> String {
        Listing::fingerprint(&self.sandbox.work("env"))
    }

    /// Files of the store that are its own, sorted: what is in pip's tree and in spares and layers is more of the same.
    pub(crate) fn files(&self, area: &str) -> Vec<PathBuf> {
        Self::files_below(&self.sandbox.cache("v1").join(area))
    }

    pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
        let entries = WalkDir::new(folder).sort_by_file_name();
        let files = entries
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file());
        files.map(walkdir::DirEntry::into_path).collect()
    }
}

/// Removes a folder, sealed ones within it, too; files keep their modes, which others share.
pub(crate) fn remove(folder: &Path) {
    for entry in WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_dir() {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    let _ = fs::remove_dir_all(folder);
}

pub(crate) fn warnings(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter(|line| line.starts_with("warning:")).collect()
}
