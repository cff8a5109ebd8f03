//! `--link-mode layered`: what runs in an environment over a layer, next to a flat one; and what becomes of the layer in the store.

mod damage;
mod pip;
mod world;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use crate::interpreters;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::skipped::skipped;
use crate::tree::Listing;
use world::{EVERYTHING, World};

#[test]
fn programs_find_what_they_find_in_a_flat_environment() {
    let world = World::new();
    world.flat("flat");
    world.layered("layered");
    for switches in [&[][..], &["-O"], &["-OO", "-s"], &["-I"], &["-E"]] {
        let how = if switches.is_empty() { "spawn" } else { "plain" };
        assert_eq!(
            world.facts("layered", switches, how),
            world.facts("flat", switches, how),
            "{switches:?}"
        );
    }
    let scripts = ["demo-main", "tool"].map(|name| {
        let of = |environment: &str| {
            world
                .sandbox
                .run(world.sandbox.work(environment).join("bin").join(name), ["x"])
                .success()
                .stdout
        };
        (of("layered"), of("flat"))
    });
    for (layered, flat) in scripts {
        assert_eq!(layered.replace("/work/layered", "/work/flat"), flat);
    }
}

#[test]
fn the_environment_has_its_own_scripts_and_data_and_nothing_else() {
    let world = World::new();
    world.flat("flat");
    let run = world.layered("layered");
    assert!(run.summary().ends_with(", layered"), "{run}");
    let flat = world.sandbox.venv(&world.index, "again", EVERYTHING).success();
    let counted = |run: &crate::run::Run| {
        run.summary()
            .split(", ")
            .skip(1)
            .take(3)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(counted(&run), counted(&flat), "files and bytes are those of the whole");
    let library = |environment: &str| world.sandbox.python().site_packages(&world.sandbox.work(environment));
    let inside = Listing::of(&library("layered"));
    assert_eq!(inside.0.keys().collect::<Vec<_>>(), ["000_snapenv.pth"]);
    let outside = |environment: &str| {
        let mut listing = Listing::of(&world.sandbox.work(environment)).0;
        listing.retain(|path, _| !path.contains("site-packages/"));
        listing
    };
    assert_eq!(outside("layered"), outside("flat"));
    // The layer is sealed, and its scripts are as in a wheel.
    let layer = world.layer();
    for (path, entry) in Listing::of(&layer).0 {
        let mode = fs::symlink_metadata(layer.join(&path)).unwrap().permissions().mode() & 0o7777;
        assert!([0o444, 0o555].contains(&mode), "{path} {entry:?}");
    }
    for script in ["demo-main", "tool", "pip"] {
        let text = fs::read_to_string(layer.join("bin").join(script)).unwrap();
        assert!(text.starts_with("#!python\n"), "{text}");
    }
    let shared = |path: &str| fs::metadata(layer.join(path)).unwrap().nlink();
    let within = library("layered")
        .strip_prefix(world.sandbox.work("layered"))
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert!(shared(&format!("{within}/demo/__init__.py")) > 1);
    assert_eq!(
        shared(&format!("{within}/certifi/cacert.pem")),
        1,
        "a private copy is no link"
    );
    assert_eq!(
        Listing::of(&world.sandbox.cache("v1/roots"))
            .0
            .values()
            .filter(|entry| matches!(entry, crate::tree::Entry::File(_)))
            .count(),
        1
    );
    world.sandbox.assert_nothing_half_done();
}

#[test]
fn private_copies_are_as_new_as_the_environment() {
    let world = World::new();
    world.layered("first");
    let library = world.library();
    for verify in ["none", "quick"] {
        for file in ["demo/static/style.css", "certifi/cacert.pem"] {
            let file = fs::File::open(library.join(file)).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
        let before = std::time::SystemTime::now() - std::time::Duration::from_secs(1);
        let _ = world
            .layered_with(verify, &format!("--verify {verify} {EVERYTHING}"))
            .never_says("changed");
        for file in ["demo/static/style.css", "certifi/cacert.pem"] {
            assert!(
                fs::metadata(library.join(file)).unwrap().modified().unwrap() > before,
                "{verify} {file}"
            );
        }
        let module = fs::metadata(library.join("demo/__init__.py")).unwrap();
        assert!(module.mtime() < 1_700_000_000, "a module keeps its time");
    }
}

/// A hit with `--verify none` needs neither the whole snapshot nor trees that nothing is taken from.
#[test]
fn a_hit_reads_the_excerpt_alone_and_starts_nothing() {
    let world = World::new();
    world.layered("first");
    let sandbox = &world.sandbox;
    for path in Listing::of(&sandbox.cache("v1/trees")).0.keys() {
        let tree = sandbox.cache("v1/trees").join(path);
        if path.split('/').count() == 2 && !tree.join("bin").exists() && !tree.join("share").exists() {
            fs::remove_dir_all(tree).unwrap();
        }
    }
    let _ = world.layered_with("quick", EVERYTHING);
    let snapshot = Listing::of(&sandbox.cache("v1/snapshots"))
        .0
        .into_keys()
        .find(|path| path.ends_with(".snapshot"))
        .unwrap();
    fs::remove_file(sandbox.cache("v1/snapshots").join(snapshot)).unwrap();
    world.index.take_requests();
    if sandbox.run("sh", ["-c", "command -v strace"]).status.success() {
        let log = sandbox.root().join("strace.log");
        let mut command = sandbox.command(
            "strace",
            ["-f", "-qq", "-e", "trace=execve,socket,connect,newfstatat,statx", "-o"],
        );
        command.arg(&log).arg(env!("CARGO_BIN_EXE_snapenv"));
        command.args([
            "venv",
            "none",
            "-i",
            &world.index.url(),
            "--link-mode",
            "layered",
            "--verify",
            "none",
        ]);
        command.args(EVERYTHING.split(' '));
        let run = sandbox.finish(command).success();
        assert!(run.summary().ends_with("layered"), "{run}");
        let calls = fs::read_to_string(&log).unwrap();
        assert_eq!(calls.matches("execve(").count(), 1, "{calls}");
        assert_eq!(calls.matches("socket(").count(), 0, "{calls}");
        let modules = calls.lines().filter(|line| line.contains("__init__.py")).count();
        assert_eq!(modules, 0, "{calls}");
    } else {
        skipped(
            "that a layered hit starts no process and looks at no module",
            "there is no strace",
        );
        let _ = world.layered_with("none", &format!("--verify none {EVERYTHING}"));
    }
    world.index.assert_not_asked();
    world.runs("none");
}

#[test]
fn seeds_system_packages_editables_and_nothing_at_all() {
    let world = World::new();
    let sandbox = &world.sandbox;
    let pip = |environment: &str| sandbox.run(sandbox.work(environment).join("bin/python"), ["-m", "pip", "--version"]);
    // Nothing but the seed; then not even that.
    let _ = world.layered_with("empty", "").says("layered");
    let _ = pip("empty").success();
    let _ = sandbox.run(sandbox.work("empty/bin/pip"), ["--version"]).success();
    let _ = world.layered_with("bare", "--no-seed").says("layered");
    let _ = pip("bare").fails_with(1).says("No module named pip").never_says("is gone");
    let _ = world.layered_with("unseeded", "--no-seed demo==1.0 helper==1.0");
    let _ = pip("unseeded").fails_with(1);
    assert!(!sandbox.work("unseeded/bin/pip").exists());
    world.runs("unseeded");
    // The interpreter's own stand behind the layer's.
    let _ = world.layered_with("system", "--system-site-packages demo==1.0 helper==1.0");
    let program = "import sys; print([entry for entry in sys.path if 'site-packages' in entry])";
    let path = sandbox
        .run(sandbox.work("system/bin/python"), ["-s", "-c", program])
        .success()
        .stdout;
    let entries: Vec<&str> = path.split(", ").collect();
    assert!(entries.len() >= 3 && entries[1].contains("/v1/merged/"), "{entries:?}");
    world.runs("system");
    // A project in editable mode is the environment's own; installed at its final place, on trial.
    SdistBuilder::new("local", "0.1")
        .requires("helper")
        .console("local", "local:main")
        .write_to(&sandbox.work("project"));
    let run = world.layered_with("edited", "-e ./project demo==1.0 helper==1.0");
    assert!(run.summary().ends_with("layered"), "{run}");
    let _ = sandbox
        .run(sandbox.work("edited/bin/local"), Vec::<&str>::new())
        .success()
        .says("local");
    world.runs("edited");
    let own = Listing::of(&sandbox.python().site_packages(&sandbox.work("edited")));
    assert!(own.0.keys().any(|path| path.starts_with("local-0.1.dist-info")), "{own:?}");
    // What pip alone can do is flat, and says so to those who ask.
    let run = world.layered_with("handed", "-v --target ignored helper==1.0");
    drop(run);
    sandbox.assert_nothing_half_done();
}

#[test]
fn a_store_that_only_lends_makes_flat_environments() {
    let mut world = World::new();
    let file = world.sandbox.write("a-file", "");
    world.sandbox.set("SNAPENV_CACHE_DIR", file.join("cache"));
    let run = world
        .layered_with("flat", "demo==1.0 helper==1.0")
        .says("the environment is flat");
    assert!(!run.summary().ends_with("layered"), "{run}");
    world.runs("flat");
    let library = world.sandbox.python().site_packages(&world.sandbox.work("flat"));
    assert!(library.join("demo/__init__.py").is_file() && !library.join("000_snapenv.pth").exists());
}

#[test]
fn a_vanished_layer_is_told_once_and_made_again() {
    let world = World::new();
    world.layered("first");
    fs::remove_dir_all(world.sandbox.cache("v1/merged")).unwrap();
    let python = world.sandbox.work("first/bin/python");
    let run = world.sandbox.run(&python, ["-c", "print('runs')"]).success().says("runs");
    assert_eq!(
        run.stderr.matches("the layer of this environment is gone").count(),
        1,
        "{run}"
    );
    assert_eq!(run.stderr.lines().count(), 1, "{run}");
    let _ = world.layered_with("second", EVERYTHING).says("layered");
    world.runs("second");
    world.runs("first");
}

#[test]
fn oldest_and_newest_interpreters_agree() {
    let minors = interpreters::one_per_minor();
    let (Some(oldest), Some(newest)) = (minors.first(), minors.last()) else {
        unreachable!()
    };
    for python in [oldest, newest] {
        if python.version == interpreters::usual().version {
            skipped(
                "layered environments of the oldest and newest interpreter",
                "there is only one",
            );
            continue;
        }
        let world = World::with(Sandbox::with(python));
        world.flat("flat");
        world.layered("layered");
        assert_eq!(world.facts("layered", &[], "spawn"), world.facts("flat", &[], "spawn"));
    }
}

fn remove(path: &Path) {
    fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(path).unwrap();
}
