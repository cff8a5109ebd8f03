//! How closely the store is looked at (`--verify`), and where settings come from.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::index::Index;
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

const NAMES: [&str; 8] = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

fn world() -> (Sandbox, Index, String) {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    for name in NAMES {
        index.publish(WheelBuilder::new(name, "1.0").build());
    }
    let pins = NAMES.map(|name| format!("{name}==1.0")).join(" ");
    let _ = sandbox.venv(&index, "first", &pins).success();
    (sandbox, index, pins)
}

/// A file of a distribution in an environment, which shares its inode with the store.
fn module(sandbox: &Sandbox, environment: &str, name: &str) -> PathBuf {
    let python = format!("python{}.{}", sandbox.python().version.0, sandbox.python().version.1);
    let folder = sandbox.work(environment).join("lib").join(python).join("site-packages");
    folder.join(name).join("__init__.py")
}

/// Writes other bytes of the same length and puts the time back.
fn forge(path: &Path) -> Vec<u8> {
    let before = fs::read(path).unwrap();
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let mode = fs::metadata(path).unwrap().permissions();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, vec![b'#'; before.len()]).unwrap();
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    fs::set_permissions(path, mode).unwrap();
    before
}

#[test]
fn a_forged_file_is_found_by_full_verification_alone() {
    let (sandbox, index, pins) = world();
    let original = forge(&module(&sandbox, "first", "three"));
    let _ = sandbox
        .venv(&index, "quick", &pins)
        .success()
        .never_says("changed in the store");
    assert_ne!(fs::read(module(&sandbox, "quick", "three")).unwrap(), original);
    let run = sandbox.venv(&index, "full", &format!("--verify full {pins}")).success();
    let run = run.says("three/__init__.py was changed in the store (another content)");
    assert_eq!(run.misses(), 0, "{run}");
    assert_eq!(fs::read(module(&sandbox, "full", "three")).unwrap(), original);
    let _ = sandbox
        .venv(&index, "again", &format!("--verify full {pins}"))
        .success()
        .never_says("changed");
}

#[test]
fn without_verification_nothing_is_looked_at() {
    let (sandbox, index, pins) = world();
    let python = module(&sandbox, "first", "two");
    fs::set_permissions(&python, fs::Permissions::from_mode(0o600)).unwrap();
    let _ = sandbox
        .venv(&index, "second", &format!("--verify none {pins}"))
        .success()
        .never_says("changed");
    let _ = sandbox
        .venv(&index, "third", &format!("--verify quick {pins}"))
        .success()
        .says("two/__init__.py was changed");
    let run = sandbox.venv(&index, "fourth", &format!("--verify some {pins}"));
    let _ = run.fails_with(2).says("unknown way to verify 'some' (full, quick or none)");
}

#[test]
fn settings_come_from_command_line_variables_project_and_user_in_this_order() {
    let mut sandbox = Sandbox::new();
    let mode = |sandbox: &Sandbox, arguments: &[&str]| {
        let run = sandbox.snapenv(["venv", "--no-seed", "made"].iter().chain(arguments));
        let line = run.stderr.lines().last().unwrap_or_default().to_owned();
        (run.status.code(), line)
    };
    fs::create_dir_all(sandbox.home(".config/snapenv")).unwrap();
    fs::write(sandbox.home(".config/snapenv/snapenv.toml"), "link-mode = 'copy'\n").unwrap();
    let (code, line) = mode(&sandbox, &[]);
    assert!(code == Some(0) && line.ends_with("copy"), "{line}");
    sandbox.write("pyproject.toml", "[tool.snapenv]\nlink-mode = 'hardlink'\n");
    assert!(mode(&sandbox, &[]).1.ends_with("hardlink"));
    sandbox.set("SNAPENV_LINK_MODE", "copy");
    assert!(mode(&sandbox, &[]).1.ends_with("copy"));
    assert!(mode(&sandbox, &["--link-mode", "hardlink"]).1.ends_with("hardlink"));
    let _ = sandbox.snapenv(["venv", "seeded"]).success();
    sandbox.write("pyproject.toml", "[tool.snapenv]\nlink_mode = 'hardlink'\n");
    let (code, _) = mode(&sandbox, &[]);
    assert_eq!(code, Some(2));
    // What pip can do, it does: our settings are not its business.
    let run = sandbox.snapenv(["install", "--python", "seeded", "--no-index", "nothing-like-it"]);
    let _ = run
        .fails_with(1)
        .says("pyproject.toml")
        .says("handing over to pip")
        .says("nothing-like-it");
}
