//! A layer that was changed is made again, and so are its trees.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::remove;
use super::world::{EVERYTHING, World};

/// Overwrites a file without changing its length or time.
fn poison(path: &Path) {
    let metadata = fs::metadata(path).unwrap();
    let mut content = fs::read(path).unwrap();
    let last = content.len() - 2;
    content[last] ^= 1;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
    let times = FileTimes::new().set_modified(metadata.modified().unwrap());
    File::options().write(true).open(path).unwrap().set_times(times).unwrap();
    fs::set_permissions(path, metadata.permissions()).unwrap();
}

fn grow(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, [fs::read(path).unwrap(), b"# poison\n".to_vec()].concat()).unwrap();
}

#[test]
fn a_changed_layer_is_told_and_made_again_with_its_trees() {
    let world = World::new();
    let _ = world.layered("first");
    let (layer, library) = (world.layer(), world.library());
    type Deed = fn(&Path);
    let changes: [(PathBuf, Deed); 8] = [
        (library.join("demo/__init__.py"), grow),
        (library.join("helper/__init__.py"), |path| remove(path)),
        (library.join("demo-1.0.dist-info/RECORD"), grow),
        (library.join("certifi/cacert.pem"), grow),
        (library.join("demo/static/style.css"), |path| remove(path)),
        (layer.join("bin/tool"), |path| remove(path)),
        (library.join("demo/added.py"), |path| fs::write(path, "").unwrap()),
        (layer.join(".snapenv/merged.json"), |path| fs::write(path, "{").unwrap()),
    ];
    for (number, (path, deed)) in changes.iter().enumerate() {
        deed(path);
        let run = world.layered_with(&format!("v{number}"), EVERYTHING).says("layered");
        let run = run
            .says(path.strip_prefix(&layer).unwrap().to_str().unwrap())
            .says("was changed in the store");
        assert!(!run.stderr.contains("keeps changing"), "{run}");
        world.runs(&format!("v{number}"));
        // Whoever ran over the old one runs over the new one now.
        world.runs("first");
    }
    let _ = world.layered_with("last", EVERYTHING).never_says("changed");
    assert!(world.sandbox.cache("v1/quarantine").read_dir().unwrap().count() >= changes.len() - 1);
    content_is_compared_when_that_is_asked_for(&world);
    world.sandbox.assert_nothing_half_done();
}

fn content_is_compared_when_that_is_asked_for(world: &World) {
    let library = world.library();
    let _ = world
        .layered_with("whole", &format!("--verify full {EVERYTHING}"))
        .never_says("changed");
    for (number, file) in ["demo/__init__.py", "demo/static/style.css", "demo-1.0.dist-info/RECORD"]
        .iter()
        .enumerate()
    {
        let right = fs::read(library.join(file)).unwrap();
        poison(&library.join(file));
        let _ = world.layered_with(&format!("q{number}"), EVERYTHING).never_says("changed");
        let run = world
            .layered_with(&format!("f{number}"), &format!("--verify full {EVERYTHING}"))
            .says("changed in the store");
        assert_eq!(fs::read(library.join(file)).unwrap(), right, "{run}");
        let _ = world
            .layered_with(&format!("g{number}"), &format!("--verify full {EVERYTHING}"))
            .never_says("changed");
    }
}
