//! `snapenv install`, and the words that are pip's.

use std::fs;

use crate::index::Index;
use crate::interpreters;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::skipped::skipped;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

/// An environment `.venv` with nothing but pip, and an index.
fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(
        WheelBuilder::new("demo", "1.0")
            .requires("helper")
            .console("demo", "demo:main")
            .build(),
    );
    index.publish(WheelBuilder::new("helper", "2.0").build());
    let _ = sandbox.venv(&index, ".venv", "").success();
    (sandbox, index)
}

fn install(sandbox: &Sandbox, index: &Index, arguments: &str) -> Run {
    let url = index.url();
    let fixed = ["install", "--python", ".venv", "-i", url.as_str()];
    sandbox.snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
}

fn works(sandbox: &Sandbox, program: &str) {
    let _ = sandbox.run(sandbox.work(".venv/bin/python"), ["-c", program]).success();
}

#[test]
fn lines_that_scripts_parse_are_pips() {
    let (sandbox, index) = world();
    let run = install(&sandbox, &index, "demo").success();
    assert!(
        run.stdout
            .lines()
            .any(|line| line == "Successfully installed demo-1.0 helper-2.0"),
        "{run}"
    );
    works(&sandbox, "import demo, helper");
    let run = install(&sandbox, &index, "demo").success();
    let already = |name: &str| format!("Requirement already satisfied: {name}");
    assert!(run.stdout.lines().any(|line| line.starts_with(&already("demo in "))), "{run}");
    assert!(
        run.stdout.lines().any(|line| line.starts_with(&already("helper in "))),
        "{run}"
    );
    let _ = run.never_says("Successfully installed");
}

#[test]
fn what_is_there_stays() {
    let (sandbox, index) = world();
    let _ = install(&sandbox, &index, "helper").success();
    index.publish(WheelBuilder::new("helper", "3.0").build());
    let run = install(&sandbox, &index, "demo")
        .success()
        .says("Successfully installed demo-1.0");
    let _ = run.never_says("helper-3.0");
    works(&sandbox, "import helper; assert helper.__version__ == '2.0'");
}

#[test]
fn upgrades_work() {
    let (sandbox, index) = world();
    let _ = install(&sandbox, &index, "demo").success();
    index.publish(WheelBuilder::new("demo", "1.1").file("demo/new.py", "").build());
    let _ = install(&sandbox, &index, "--upgrade demo")
        .success()
        .says("Successfully installed demo-1.1");
    works(&sandbox, "import demo.new; assert demo.__version__ == '1.1'");
    let names = Listing::of(&sandbox.python().site_packages(&sandbox.work(".venv")));
    let infos = names
        .0
        .keys()
        .filter(|path| path.starts_with("demo-") && !path.contains('/'))
        .count();
    assert_eq!(infos, 1);
    let _ = install(&sandbox, &index, "demo==1.0")
        .success()
        .says("Successfully installed demo-1.0");
    works(&sandbox, "import demo; assert demo.__version__ == '1.0'");
}

#[test]
fn an_upgrade_leaves_the_store_as_it_was() {
    let (sandbox, index) = world();
    let _ = install(&sandbox, &index, "demo").success();
    let before = Listing::fingerprint(&sandbox.cache("v1/trees"));
    let _ = install(&sandbox, &index, "--force-reinstall demo").success();
    let _ = sandbox
        .run(sandbox.work(".venv/bin/pip"), ["uninstall", "-y", "demo"])
        .success();
    assert_eq!(Listing::fingerprint(&sandbox.cache("v1/trees")), before);
}

#[test]
fn editable_projects_work() {
    let (sandbox, index) = world();
    SdistBuilder::new("project", "1.0")
        .requires("helper")
        .write_to(&sandbox.work("project"));
    let _ = install(&sandbox, &index, "-e ./project")
        .success()
        .says("Successfully installed");
    sandbox.write("project/src/project/__init__.py", "NEW = 1\n");
    works(&sandbox, "import project, helper; project.NEW");
}

#[test]
fn a_failure_leaves_the_environment_as_it_was() {
    let (sandbox, index) = world();
    let _ = install(&sandbox, &index, "helper").success();
    let before = Listing::fingerprint(&sandbox.work(".venv"));
    let _ = install(&sandbox, &index, "demo no-such-project")
        .fails_with(1)
        .says("no-such-project");
    assert_eq!(Listing::fingerprint(&sandbox.work(".venv")), before);
    sandbox.assert_nothing_half_done();
}

#[test]
fn the_environment_is_found_as_pip_finds_it() {
    let (mut sandbox, index) = world();
    let url = index.url();
    let _ = sandbox.venv(&index, "other", "").success();
    let has = |environment: &str, module: &str| sandbox_has(&sandbox, environment, module);
    let mut command = sandbox.snapenv_command(["install", "-i", &url, "helper"]);
    command.env("VIRTUAL_ENV", sandbox.work(".venv"));
    let _ = sandbox.finish(command).success();
    assert!(has(".venv", "helper") && !has("other", "helper"));
    let mut command = sandbox.snapenv_command(["install", "-i", &url, "demo"]);
    command
        .env("VIRTUAL_ENV", sandbox.work(".venv"))
        .env("PIP_PYTHON", sandbox.work("other"));
    let _ = sandbox.finish(command).success();
    assert!(has("other", "demo") && !has(".venv", "demo"));
    let interpreter = sandbox.work(".venv/bin/python");
    let _ = sandbox
        .snapenv(["install", "--python", interpreter.to_str().unwrap(), "-i", &url, "demo"])
        .success();
    assert!(has(".venv", "demo"));
    sandbox.set("PIP_REQUIRE_VIRTUALENV", "1");
    let _ = sandbox.snapenv(["install", "-i", &url, "demo"]).fails();
}

fn sandbox_has(sandbox: &Sandbox, environment: &str, module: &str) -> bool {
    sandbox
        .python()
        .site_packages(&sandbox.work(environment))
        .join(module)
        .exists()
}

#[test]
fn an_externally_managed_interpreter_is_refused() {
    let Some(python) = interpreters::all().iter().find(|python| python.externally_managed()) else {
        skipped(
            "externally managed interpreters",
            "no interpreter here is marked so (PEP 668)",
        );
        return;
    };
    let (sandbox, index) = (Sandbox::with(python), Index::start());
    index.publish(WheelBuilder::new("demo", "1.0").build());
    let (url, path) = (index.url(), python.executable.to_str().unwrap());
    let run = sandbox.snapenv(["install", "--python", path, "-i", &url, "demo"]);
    let _ = run.fails_with(1).says("externally-managed-environment");
}

#[test]
fn other_words_are_pips() {
    let (mut sandbox, index) = world();
    let _ = install(&sandbox, &index, "demo").success();
    sandbox.set("VIRTUAL_ENV", sandbox.work(".venv"));
    let _ = sandbox.snapenv(["list"]).success().says("demo").says("helper");
    let run = sandbox.snapenv(["freeze"]).success();
    assert_eq!(run.stdout.trim(), "demo==1.0\nhelper==2.0", "{run}");
    let _ = sandbox.snapenv(["check"]).success().says("No broken requirements found");
    let _ = sandbox.snapenv(["uninstall", "-y", "helper"]).success();
    let _ = sandbox.snapenv(["check"]).fails_with(1).says("helper");
    let _ = sandbox.snapenv(["no-such-word"]).fails();
}

#[test]
fn files_that_people_edit_are_copies() {
    let (sandbox, index) = world();
    index.publish(
        WheelBuilder::new("edited", "1.0")
            .file("edited/static/a.css", "a")
            .file("certifi/cacert.pem", "c")
            .build(),
    );
    let _ = install(&sandbox, &index, "edited").success();
    let site = sandbox.python().site_packages(&sandbox.work(".venv"));
    for path in ["edited/static/a.css", "certifi/cacert.pem", "edited-1.0.dist-info/RECORD"] {
        let links = std::os::unix::fs::MetadataExt::nlink(&fs::metadata(site.join(path)).unwrap());
        assert_eq!(links, 1, "{path} is shared with the store");
    }
}
