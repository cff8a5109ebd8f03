//! `snapenv doctor`, and stores that moved or vanished.

use std::fs;

use crate::on_top::World;
use crate::sandbox::Sandbox;

#[test]
fn a_machine_without_layers_is_well() {
    let sandbox = Sandbox::new();
    let run = sandbox.snapenv(["doctor"]).success();
    let _ = run.says("(writable)").says("link mode:").says("interpreter: cpython");
    let _ = sandbox
        .snapenv(["doctor", "nowhere"])
        .fails_with(1)
        .says("there is no environment");
    assert!(fs::read_dir(sandbox.work("")).unwrap().next().is_none());
}

#[test]
fn a_layer_that_is_gone_is_made_again_where_its_snapshot_is_known() {
    let mut world = World::new();
    let works = "import demo, wide.one";
    // The layer alone is gone: Python says so in one line, and the next call makes it again.
    fs::remove_dir_all(world.sandbox.cache("v1/merged")).unwrap();
    let python = world.sandbox.work(".venv/bin/python");
    let run = world.sandbox.run(&python, ["-c", "pass"]).success();
    assert_eq!(run.stderr.lines().count(), 1, "{run}");
    let _ = world.sandbox.snapenv(["doctor"]).fails_with(1).says("it is made again");
    world.runs(works);
    let _ = world.sandbox.snapenv(["doctor"]).success();
    fs::remove_dir_all(world.sandbox.cache("v1/merged")).unwrap();
    let url = world.index.url();
    let install = |world: &World, what: &str| {
        world
            .sandbox
            .snapenv(["install", "--python", ".venv", "-i", url.as_str(), what])
    };
    let run = install(&world, "wide-two").success();
    let _ = run.says("it is made again").says("Successfully installed wide-two-1.0");
    world.runs("import demo, wide.one, wide.two");
    // The store moved: the environment follows.
    let elsewhere = world.sandbox.root().join("elsewhere");
    fs::rename(world.sandbox.cache(""), &elsewhere).unwrap();
    world.sandbox.set("SNAPENV_CACHE_DIR", &elsewhere);
    let _ = world.sandbox.snapenv(["doctor"]).fails_with(1).says("it is made again");
    world.runs(works);
    assert!(
        fs::read_to_string(world.pointer())
            .unwrap()
            .starts_with(elsewhere.to_str().unwrap())
    );
    // The store vanished: nothing can be done, and that is said.
    fs::remove_dir_all(&elsewhere).unwrap();
    let _ = world
        .sandbox
        .snapenv(["doctor", ".venv"])
        .fails_with(1)
        .says("its layer is gone")
        .says("snapenv venv");
    for arguments in [
        &["install", "--python", ".venv", "demo"][..],
        &["venv", "--materialize", ".venv"],
    ] {
        let run = world.sandbox.snapenv(arguments).fails_with(1);
        let _ = run.says("the layer of").says("is gone").says("hint:");
    }
}

#[test]
fn leases_of_environments_that_are_gone_are_removed() {
    let world = World::new();
    let roots = || walkdir_files(&world.sandbox.cache("v1/roots"));
    assert_eq!(roots(), 1);
    fs::remove_dir_all(world.sandbox.work(".venv")).unwrap();
    let _ = world.sandbox.snapenv(["doctor"]).success().says("leases removed: 1");
    assert_eq!(roots(), 0);
}

#[test]
fn an_environment_that_was_copied_gets_a_lease_of_its_own() {
    let world = World::new();
    let roots = || walkdir_files(&world.sandbox.cache("v1/roots"));
    let _ = world.sandbox.run("cp", ["-a", ".venv", "copy"]).success();
    assert_eq!(roots(), 1);
    let _ = world.sandbox.snapenv(["doctor", "copy"]).success().says("copy");
    assert_eq!(roots(), 2);
}

fn walkdir_files(folder: &std::path::Path) -> usize {
    let inner = |folder: &std::path::Path| fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    inner(folder).flat_map(|folder| inner(&folder).collect::<Vec<_>>()).count()
}
