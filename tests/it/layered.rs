//! `--link-mode layered`: what runs in an environment over a layer, next to a flat one; and what becomes of the layer in the store.

mod damage;
mod pip;
mod world;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::interpreters;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::skipped::skipped;
use crate::tree::{Entry, Listing};
use world::{EVERYTHING, World};

#[test]
fn a_layered_environment_is_as_a_flat_one() {
    let world = World::new();
    let first = world.flat("flat");
    let run = world.layered("layered");
    assert!(run.summary().ends_with(", layered"), "{run}");
    let counted = |run: &Run| {
        run.summary()
            .split(", ")
            .skip(2)
            .take(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(counted(&run), counted(&first), "files and bytes are those of the whole");
    has_scripts_and_data_of_its_own(&world);
    the_layer_is_sealed(&world);
    for switches in [&[][..], &["-O"], &["-OO", "-s"], &["-I"], &["-E"]] {
        let how = if switches.is_empty() { "spawn" } else { "plain" };
        let [layered, flat] = ["layered", "flat"].map(|environment| world.facts(environment, switches, how));
        assert_eq!(layered, flat, "{switches:?}");
    }
    for script in ["demo-main", "tool"] {
        let [layered, flat] = ["layered", "flat"].map(|environment| {
            let script = world.sandbox.work(environment).join("bin").join(script);
            world.sandbox.run(script, ["x"]).success().stdout
        });
        assert_eq!(layered.replace("/work/layered", "/work/flat"), flat);
    }
    world.sandbox.assert_nothing_half_done();
    pip::lists_the_same_and_writes_nothing_into_the_store(&world);
}

fn has_scripts_and_data_of_its_own(world: &World) {
    let environment = world.sandbox.work("layered");
    let library = world.sandbox.python().site_packages(&environment);
    assert_eq!(Listing::of(&library).0.into_keys().collect::<Vec<_>>(), ["000_snapenv.pth"]);
    let [layered, flat] = ["layered", "flat"].map(|environment| {
        let mut listing = Listing::of(&world.sandbox.work(environment)).0;
        listing.retain(|path, _| !path.contains("site-packages/"));
        listing
    });
    assert_eq!(layered, flat);
    let leases = Listing::of(&world.sandbox.cache("v1/roots")).0;
    assert_eq!(leases.keys().filter(|path| path.ends_with(".json")).count(), 1, "{leases:?}");
}

fn the_layer_is_sealed(world: &World) {
    let layer = world.layer();
    for (path, entry) in Listing::of(&layer).0 {
        assert!(
            matches!(entry, Entry::File(0o444 | 0o555) | Entry::Folder(0o555)),
            "{path} {entry:?}"
        );
    }
    for script in ["demo-main", "tool", "pip"] {
        let text = fs::read_to_string(layer.join("bin").join(script)).unwrap();
        assert!(text.starts_with("#!python\n"), "{text}");
    }
    // By this file coverage tells that what is below it is not the project's own.
    assert!(layer.join("pyvenv.cfg").is_file());
    let links = |path: &str| fs::metadata(world.library().join(path)).unwrap().nlink();
    assert!(links("demo/__init__.py") > 1);
    assert_eq!(links("certifi/cacert.pem"), 1, "a private copy is no link");
}

#[test]
fn hits_do_what_they_must_and_no_more() {
    let mut world = World::new();
    let _ = world.layered("first");
    static_files_are_as_new_as_the_environment(&world);
    a_vanished_layer_is_told_once_and_made_again(&world);
    a_hit_needs_no_tree_that_nothing_is_taken_from(&world);
    a_store_on_another_filesystem_is_copied_from(&mut world);
    a_store_that_is_only_read_lends_its_layers(&world);
    a_hit_reads_the_excerpt_alone_and_starts_nothing(&world);
}

fn static_files_are_as_new_as_the_environment(world: &World) {
    let library = world.library();
    let file = library.join("demo/static/style.css");
    for verify in ["none", "quick"] {
        File::open(&file).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let before = SystemTime::now() - Duration::from_secs(1);
        let _ = world
            .layered_with(verify, &format!("--verify {verify} {EVERYTHING}"))
            .never_says("changed");
        assert!(fs::metadata(&file).unwrap().modified().unwrap() > before, "{verify}");
        let module = fs::metadata(library.join("demo/__init__.py")).unwrap();
        assert!(module.mtime() < 1_700_000_000, "a module keeps its time");
    }
}

fn a_vanished_layer_is_told_once_and_made_again(world: &World) {
    fs::remove_dir_all(world.sandbox.cache("v1/merged")).unwrap();
    let python = world.sandbox.work("first/bin/python");
    let run = world.sandbox.run(&python, ["-c", "print('runs')"]).success().says("runs");
    assert_eq!(
        run.stderr.matches("the layer of this environment is gone").count(),
        1,
        "{run}"
    );
    assert_eq!(run.stderr.lines().count(), 1, "{run}");
    let _ = world.layered("second");
    world.runs("second");
    world.runs("first");
}

fn a_hit_needs_no_tree_that_nothing_is_taken_from(world: &World) {
    let trees = world.sandbox.cache("v1/trees");
    let count = || {
        Listing::of(&trees)
            .0
            .keys()
            .filter(|path| path.split('/').count() == 2)
            .count()
    };
    let before = count();
    for path in Listing::of(&trees).0.keys().filter(|path| path.split('/').count() == 2) {
        let tree = trees.join(path);
        // pip's own is looked at for its sake.
        let pip = world.sandbox.python().site_packages(&tree).join("pip");
        if [tree.join("bin"), tree.join("share"), pip].iter().all(|path| !path.exists()) {
            fs::remove_dir_all(tree).unwrap();
        }
    }
    let left = count();
    assert!(0 < left && left < before, "{left} of {before}");
    let _ = world.layered("third").never_says("changed");
    assert_eq!(count(), left);
    world.runs("third");
}

/// Only data files have to get across.
fn a_store_on_another_filesystem_is_copied_from(world: &mut World) {
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    let Some(memory) = device(Path::new("/dev/shm")).filter(|memory| Some(*memory) != device(world.sandbox.root())) else {
        skipped("a layer on another filesystem", "there is no /dev/shm");
        return;
    };
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let store = folder.path().join("cache");
    let _ = world
        .sandbox
        .run(
            "cp",
            [OsStr::new("-a"), world.sandbox.cache("").as_os_str(), store.as_os_str()],
        )
        .success();
    world.sandbox.set("SNAPENV_CACHE_DIR", &store);
    let run = world.layered("abroad").never_says("does not work");
    assert!(run.summary().ends_with(", layered"), "{run}");
    world.runs("abroad");
    let data = world.sandbox.work("abroad/share/plug/plug.json");
    assert_ne!(device(&data), Some(memory));
    world.sandbox.set("SNAPENV_CACHE_DIR", world.sandbox.cache(""));
}

fn a_store_that_is_only_read_lends_its_layers(world: &World) {
    // As good as a filesystem that is mounted read-only: nothing can be staged.
    let staging = world.sandbox.cache("v1/tmp");
    fs::remove_dir_all(&staging).unwrap();
    fs::write(&staging, "").unwrap();
    let run = world.layered("lent").says("not kept in the store");
    assert!(run.summary().ends_with(", layered"), "{run}");
    world.runs("lent");
    let (merged, away) = (world.sandbox.cache("v1/merged"), world.sandbox.cache("v1/away"));
    fs::rename(&merged, &away).unwrap();
    let run = world.layered("alone").says("the environment is flat");
    assert!(!run.summary().ends_with("layered"), "{run}");
    world.runs("alone");
    let library = world.sandbox.python().site_packages(&world.sandbox.work("alone"));
    assert!(library.join("demo/__init__.py").is_file() && !library.join("000_snapenv.pth").exists());
    fs::rename(&away, &merged).unwrap();
    fs::remove_file(&staging).unwrap();
}

/// With `--verify none`, not even the whole snapshot is read.
fn a_hit_reads_the_excerpt_alone_and_starts_nothing(world: &World) {
    let sandbox = &world.sandbox;
    for path in Listing::of(&sandbox.cache("v1/snapshots"))
        .0
        .keys()
        .filter(|path| path.ends_with(".snapshot"))
    {
        fs::remove_file(sandbox.cache("v1/snapshots").join(path)).unwrap();
    }
    world.index.take_requests();
    if sandbox.run("sh", ["-c", "command -v strace"]).status.success() {
        let log = sandbox.root().join("strace.log");
        let calls = "trace=execve,socket,connect,newfstatat,statx,openat";
        let mut command = sandbox.command("strace", ["-f", "-qq", "-e", calls, "-o"]);
        command.arg(&log).arg(env!("CARGO_BIN_EXE_snapenv"));
        let url = world.index.url();
        command.args([
            "venv",
            "none",
            "-i",
            url.as_str(),
            "--link-mode",
            "layered",
            "--verify",
            "none",
        ]);
        let run = sandbox
            .finish({
                command.args(EVERYTHING.split(' '));
                command
            })
            .success();
        assert!(run.summary().ends_with(", layered"), "{run}");
        let calls = fs::read_to_string(&log).unwrap();
        assert_eq!(calls.matches("execve(").count(), 1, "{calls}");
        assert_eq!(calls.matches("socket(").count(), 0, "{calls}");
        assert!(!calls.contains("demo/__init__"), "{calls}");
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
    let run = world.layered_with("empty", "");
    assert!(run.summary().ends_with(", layered"), "{run}");
    let _ = pip("empty").success();
    let _ = sandbox.run(sandbox.work("empty/bin/pip"), ["--version"]).success();
    let run = world.layered_with("bare", "--no-seed");
    assert!(run.summary().ends_with(", layered"), "{run}");
    let _ = pip("bare").fails_with(1).says("No module named pip").never_says("is gone");
    let _ = world.layered_with("unseeded", "--no-seed demo==1.0 helper==1.0");
    let _ = pip("unseeded").fails_with(1);
    assert!(!sandbox.work("unseeded/bin/pip").exists());
    world.runs("unseeded");
    // The interpreter's own stand behind the layer's.
    let _ = world.layered_with("system", "--system-site-packages demo==1.0 helper==1.0");
    let program = "import sys; print(*[entry for entry in sys.path if entry.endswith('-packages')], sep='\\n')";
    let python = sandbox.work("system/bin/python");
    let path = sandbox.run(python, ["-s", "-c", program]).success().stdout;
    let entries: Vec<&str> = path.lines().collect();
    assert!(entries.len() >= 3 && entries[1].contains("/v1/merged/"), "{entries:?}");
    world.runs("system");
    // A project in editable mode is the environment's own, installed by pip at its final place.
    let project = SdistBuilder::new("local", "0.1")
        .requires("helper")
        .console("local", "local:main");
    project.write_to(&sandbox.work("project"));
    let run = world.layered_with("edited", "-e ./project demo==1.0 helper==1.0");
    assert!(run.summary().ends_with(", layered"), "{run}");
    let _ = sandbox
        .run(sandbox.work("edited/bin/local"), Vec::<&str>::new())
        .success()
        .says("local");
    world.runs("edited");
    let own = Listing::of(&sandbox.python().site_packages(&sandbox.work("edited")));
    assert!(own.0.keys().any(|path| path.starts_with("local-0.1.dist-info")), "{own:?}");
    // What only pip can do is flat.
    let run = world.layered_with("handed", "-v --isolated demo==1.0 helper==1.0");
    assert!(!run.summary().ends_with("layered"), "{run}");
    let _ = run.says("it is flat, not layered");
    world.runs("handed");
    sandbox.assert_nothing_half_done();
}

#[test]
fn oldest_and_newest_interpreters_agree() {
    for python in interpreters::oldest_and_newest() {
        if python.version == interpreters::usual().version {
            skipped(
                "layered environments of the oldest and newest interpreter",
                "there is only one",
            );
            continue;
        }
        let world = World::with(Sandbox::with(python));
        let _ = world.flat("flat");
        let _ = world.layered("layered");
        assert_eq!(world.facts("layered", &[], "spawn"), world.facts("flat", &[], "spawn"));
    }
}

fn remove(path: &Path) {
    fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(path).unwrap();
}
