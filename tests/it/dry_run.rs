//! `install --dry-run` and `--report`: pip's words and pip's JSON, and nothing is changed.

use serde_json::Value;

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

/// An environment `.venv` with nothing but pip, and an index.
fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::of_real_pips());
    index.publish(
        WheelBuilder::new("Demo.Project", "1.0")
            .requires("helper")
            .extra("more", "extra-one")
            .build(),
    );
    index.publish(WheelBuilder::new("helper", "2.0").build());
    index.publish(WheelBuilder::new("extra-one", "1.0").build().yanked("a mistake"));
    let _ = sandbox.venv(&index, ".venv", "").success();
    (sandbox, index)
}

fn install(sandbox: &Sandbox, index: &Index, arguments: &str) -> Run {
    let url = index.url();
    let fixed = ["install", "--python", ".venv", "-i", url.as_str()];
    sandbox
        .snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
        .never_says("handing over")
}

/// A report with its distributions in a fixed order.
fn report(text: &str) -> Value {
    let mut report: Value = serde_json::from_str(text).unwrap();
    let install = report["install"].as_array_mut().unwrap();
    install.sort_by_key(|one| one["metadata"]["name"].to_string());
    report
}

/// What the environment's own pip says.
fn pips(sandbox: &Sandbox, index: &Index, arguments: &str) -> Value {
    let url = index.url();
    let fixed = ["install", "--dry-run", "--quiet", "--report", "-", "-i", url.as_str()];
    let run = sandbox.run(
        sandbox.work(".venv/bin/pip"),
        fixed.into_iter().chain(arguments.split_whitespace()),
    );
    report(&run.success().stdout)
}

#[test]
fn reports_are_pips_whoever_answers() {
    let (sandbox, index) = world();
    let before = Listing::fingerprint(&sandbox.work(".venv"));
    let asked = "demo-project[more]==1.0 helper==2.0 extra-one==1.0";
    let expected = pips(&sandbox, &index, asked);
    assert_eq!(expected["install"].as_array().unwrap().len(), 3);
    let dry = |verbose: &str| install(&sandbox, &index, &format!("--dry-run --report - {verbose} {asked}"));
    // By pip, by pins that `venv` has recorded, and known once it was installed.
    let run = dry("--quiet").success();
    assert_eq!(report(&run.stdout), expected);
    let _ = sandbox.venv(&index, "pins", asked).success();
    let pinned = dry("-v").success().says("answered from known pins");
    let json = &pinned.stdout[..pinned.stdout.rfind("\nWould install").unwrap()];
    assert_eq!(report(json), expected);
    assert_eq!(Listing::fingerprint(&sandbox.work(".venv")), before);
    let _ = install(&sandbox, &index, &format!("--ignore-installed {asked}")).success();
    let known = dry("-v --ignore-installed").success().says("answered from a known request");
    let json = &known.stdout[..known.stdout.rfind("\nWould install").unwrap()];
    assert_eq!(report(json), expected);
}

#[test]
fn lines_are_pips() {
    let (sandbox, index) = world();
    let _ = install(&sandbox, &index, "helper").success();
    let before = Listing::fingerprint(&sandbox.work(".venv"));
    let run = install(&sandbox, &index, "--dry-run demo-project").success();
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{run}");
    assert!(lines[0].starts_with("Requirement already satisfied: helper in "), "{run}");
    assert_eq!(lines[1], "Would install Demo.Project-1.0");
    let run = install(&sandbox, &index, "--dry-run --ignore-installed demo-project").success();
    assert_eq!(run.stdout.trim(), "Would install Demo.Project-1.0 helper-2.0");
    let run = install(&sandbox, &index, "--dry-run -q helper --report report.json").success();
    assert_eq!(run.stdout, "");
    let nothing = report(&std::fs::read_to_string(sandbox.work("report.json")).unwrap());
    assert_eq!(nothing["install"].as_array().unwrap().len(), 0);
    let _ = install(&sandbox, &index, "--dry-run no-such-project").fails_with(1);
    assert_eq!(Listing::fingerprint(&sandbox.work(".venv")), before);
}

#[test]
fn an_interpreter_will_do_for_a_dry_run() {
    let (sandbox, index) = world();
    let (url, python) = (index.url(), sandbox.python().executable.to_str().unwrap());
    let fixed = [
        "install",
        "--python",
        python,
        "-i",
        &url,
        "--dry-run",
        "--report",
        "-",
        "-I",
        "helper",
    ];
    let run = sandbox.snapenv(fixed).success().never_says("handing over");
    let json = &run.stdout[..run.stdout.rfind("\nWould install").unwrap()];
    assert_eq!(report(json), pips(&sandbox, &index, "-I helper"));
}

#[test]
fn installations_are_reported_too() {
    let (sandbox, index) = world();
    let expected = pips(&sandbox, &index, "demo-project");
    let run = install(&sandbox, &index, "--report report.json demo-project").success();
    let _ = run.says("Successfully installed demo-project-1.0 helper-2.0");
    let written = std::fs::read_to_string(sandbox.work("report.json")).unwrap();
    assert_eq!(report(&written), expected);
    let module = sandbox.python().site_packages(&sandbox.work(".venv")).join("helper");
    assert!(module.is_dir());
}
