//! `--no-build-isolation`: builds among what is installed, as pip does them.

use std::fs;

use crate::direct::World;
use crate::known_pip;
use crate::sdist_builder::SdistBuilder;

#[test]
fn wheels_alone_need_no_pip_without_build_isolation() {
    let world = World::new();
    let _ = world.same_as_pip("--no-build-isolation helper");
    let run = world.install("--no-build-isolation helper").success();
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new(), "{run}");
    // Neither does an environment that is made, and it is known the next time.
    let run = world
        .sandbox
        .venv(&world.index, "new", "--no-build-isolation helper==2.0 deep==3.0");
    assert_eq!(run.success().hits(), 2);
    let run = world
        .sandbox
        .venv(&world.index, "again", "-v --no-build-isolation helper==2.0 deep==3.0");
    let _ = run.success().never_says("miss:");
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new());
}

#[test]
fn builds_without_isolation_see_what_is_installed() {
    let mut world = World::new();
    let source = SdistBuilder::new("source", "2.0")
        .requires("helper<2")
        .build_requires("tool")
        .build();
    world.index.publish(source);
    // What is required is not installed for the build, and what is under way does not count.
    let run = world.install("--no-build-isolation source tool").fails_with(1);
    let _ = run.says("No module named 'tool'").never_says("resolving with pip");
    let _ = world.install("--resolver pip --no-build-isolation source").fails_with(1);
    assert_ne!(known_pip::started(&world.sandbox), Vec::<String>::new());
    let _ = world.install("tool").success();
    assert_eq!(world.same_as_pip("--no-build-isolation source").len(), 2);
    SdistBuilder::new("app", "1.0")
        .requires("helper<2")
        .build_requires("tool")
        .write_to(&world.sandbox.work("app"));
    let _ = world.same_as_pip("--no-build-isolation -e ./app source");
    world.sandbox.set("BUILT_AS", "first");
    let run = world.install("--no-build-isolation -e ./app source").success();
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new(), "{run}");
    let site = world.sandbox.python().site_packages(&world.sandbox.work(".venv"));
    assert!(site.join("__editable__app.pth").is_file());
    let built_as = || fs::read_to_string(site.join("source/built_as.txt")).unwrap();
    assert_eq!(built_as(), "first");
    // Nobody keeps track of what it was built among: it is built every time, and it is no answer to what is built by itself.
    let uninstall = |project: &str| {
        let python = world.sandbox.work(".venv/bin/python");
        let _ = world
            .sandbox
            .run(python, ["-m", "pip", "uninstall", "-qy", project])
            .success();
        let _ = known_pip::started(&world.sandbox);
    };
    uninstall("source");
    world.sandbox.set("BUILT_AS", "second");
    let _ = world
        .install("--no-build-isolation source")
        .success()
        .says("building source 2.0");
    assert_eq!(built_as(), "second");
    world.sandbox.set("BUILT_AS", "alone");
    let _ = world.sandbox.venv(&world.index, "new", "source").success();
    let new = world.sandbox.python().site_packages(&world.sandbox.work("new"));
    assert_eq!(fs::read_to_string(new.join("source/built_as.txt")).unwrap(), "alone");
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new());
    world.sandbox.assert_nothing_half_done();
}

#[test]
fn builds_without_isolation_see_the_callers_modules_in_new_environments() {
    let mut world = World::new();
    let source = SdistBuilder::new("source", "2.0").build_requires("elsewhere").build();
    world.index.publish(source);
    let venv = |world: &World, folder: &str| world.sandbox.venv(&world.index, folder, "-v --no-build-isolation source");
    let _ = venv(&world, "new").fails_with(1).says("No module named 'elsewhere'");
    world.sandbox.write("modules/elsewhere.py", "");
    let modules = world.sandbox.work("modules");
    world.sandbox.set("PYTHONPATH", modules);
    let _ = venv(&world, "new").success().says("building source 2.0");
    let _ = venv(&world, "again").success().says("building source 2.0");
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new());
}
