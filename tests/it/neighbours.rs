//! What one environment or run must not do to another.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::index::Index;
use crate::on_top::World;
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

const PINNED: &str = "demo==1.0 helper==1.0";

/// A store with spares of [`PINNED`], and an environment `first` with the same.
fn with_spares() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    let mut demo = WheelBuilder::new("demo", "1.0").script("tool", "#!python\nprint('tool')\n");
    for number in 0..9 {
        demo = demo.file(&format!("demo/m{number}.py"), "VALUE = 1\n");
    }
    index.publish(demo.build());
    index.publish(WheelBuilder::new("helper", "1.0").build());
    let _ = sandbox.venv(&index, "first", PINNED).success();
    let url = index.url();
    let fixed = ["cache", "warm", "-i", url.as_str(), "--spares", "2"];
    let run = sandbox.snapenv(fixed.into_iter().chain(PINNED.split(' '))).success();
    let _ = run.says("2 spares were made");
    (sandbox, index)
}

#[test]
fn a_file_that_was_found_changed_is_in_no_spare() {
    let (sandbox, index) = with_spares();
    let module = |environment: &str| {
        let library = sandbox.python().site_packages(&sandbox.work(environment));
        library.join("demo/m5.py")
    };
    let mut file = fs::OpenOptions::new().append(true).open(module("first")).unwrap();
    file.write_all(b"EVIL = 1\n").unwrap();
    let run = sandbox
        .venv(&index, "found", &format!("--link-mode layered {PINNED}"))
        .success();
    let _ = run.says("demo/m5.py was changed in the store");
    let _ = sandbox.venv(&index, "second", PINNED).success().never_says("from a spare");
    assert_eq!(fs::read_to_string(module("second")).unwrap(), "VALUE = 1\n");
}

#[test]
fn spares_that_cannot_be_completed_are_no_obstacle() {
    let (sandbox, index) = with_spares();
    for area in ["v1/trees", "v1/archives"] {
        fs::remove_dir_all(sandbox.cache(area)).unwrap();
    }
    let _ = sandbox.venv(&index, "second", PINNED).success();
    let run = sandbox.run(sandbox.work("second/bin/tool"), Vec::<&str>::new());
    let _ = run.success().says("tool");
}

/// A build backend that fails when the environment is there already.
const BACKEND: &str = "
import os

def get_requires_for_build_editable(config_settings=None):
    return []

def prepare_metadata_for_build_editable(folder, config_settings=None):
    os.makedirs(folder + '/broken-1.dist-info')
    with open(folder + '/broken-1.dist-info/METADATA', 'w') as metadata:
        metadata.write('Metadata-Version: 2.1\\nName: broken\\nVersion: 1\\n')
    return 'broken-1.dist-info'

def build_editable(folder, config_settings=None, metadata_directory=None):
    raise SystemExit('broken')

def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise SystemExit('broken')
";

#[test]
fn leases_say_what_living_environments_need() {
    let world = World::over(Index::of_real_pips());
    let sandbox = &world.sandbox;
    let leases = || {
        let groups = fs::read_dir(sandbox.cache("v1/roots")).unwrap();
        let files = groups.flat_map(|group| fs::read_dir(group.unwrap().path()).unwrap());
        let files = files.map(|file| file.unwrap().path());
        files.map(|path| fs::read_to_string(path).unwrap()).collect::<Vec<_>>()
    };
    let snapshot = |lease: &str| {
        let lease: serde_json::Value = serde_json::from_str(lease).unwrap();
        lease["snapshot"].as_str().unwrap().to_owned()
    };
    let before = leases();
    // An environment that comes to nothing takes no lease away from the one that stays: it is nearly made when the project of the user's
    // is built, as pip resolved without that.
    let settings = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";
    sandbox.write(
        "broken/pyproject.toml",
        format!("[project]\nname = 'broken'\nversion = '1'\n{settings}"),
    );
    sandbox.write("broken/backend.py", BACKEND);
    let run = sandbox
        .venv(&world.index, ".venv", "--link-mode layered demo==2.0 -e ./broken")
        .fails();
    let _ = run.says("building editable projects failed");
    world.runs("import demo; assert demo.__version__ == '1.0'");
    assert_eq!(leases(), before);
    // One that names another layer is put right: its environment is living all the same.
    let place = walk_one(&sandbox.cache("v1/roots"));
    let other = "ab".repeat(32);
    fs::write(&place, before[0].replace(&snapshot(&before[0]), &other)).unwrap();
    let _ = sandbox.snapenv(["doctor"]).success().never_says("leases removed");
    assert_eq!(snapshot(&leases()[0]), snapshot(&before[0]));
    // Whose environment cannot be looked at, may be somebody else's.
    let hidden = sandbox.work("loop");
    symlink("loop", &hidden).unwrap();
    let text = before[0].replace(sandbox.work(".venv").to_str().unwrap(), hidden.join("env").to_str().unwrap());
    fs::write(&place, text).unwrap();
    let _ = sandbox.snapenv(["doctor"]).never_says("leases removed");
    assert!(place.exists());
}

fn walk_one(roots: &std::path::Path) -> PathBuf {
    let group = fs::read_dir(roots).unwrap().next().unwrap().unwrap().path();
    fs::read_dir(group).unwrap().next().unwrap().unwrap().path()
}
