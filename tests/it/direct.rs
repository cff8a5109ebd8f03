//! Sdists and direct references, resolved without pip: the answers are pip's.

use serde_json::Value;

use crate::artifact::Artifact;
use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::{Kind, SdistBuilder};
use crate::wheel_builder::WheelBuilder;

/// An environment `.venv` with nothing but pip, and an index.
fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(WheelBuilder::new("helper", "1.0").build());
    index.publish(WheelBuilder::new("helper", "2.0").requires("deep").build());
    index.publish(WheelBuilder::new("deep", "3.0").build());
    index.publish(WheelBuilder::new("tool", "1.0").build());
    let _ = sandbox.venv(&index, ".venv", "").success();
    (sandbox, index)
}

fn install(sandbox: &Sandbox, index: &Index, arguments: &str) -> Run {
    let url = index.url();
    let fixed = ["install", "--python", ".venv", "-i", url.as_str(), "-v"];
    sandbox.snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
}

/// A report with its distributions in a fixed order.
fn report(run: &Run) -> Value {
    let end = run.stdout.rfind("\nWould install").unwrap_or(run.stdout.len());
    let start = run.stdout.find('{').unwrap();
    let mut report: Value = serde_json::from_str(&run.stdout[start..end]).unwrap_or_else(|error| panic!("{error}\n{run}"));
    let install = report["install"].as_array_mut().unwrap();
    install.sort_by_key(|one| one["metadata"]["name"].to_string());
    for one in install {
        // Of metadata, a report tells what was looked at.
        let metadata = one["metadata"].take();
        one["metadata"] = metadata["name"].clone();
        one["version"] = metadata["version"].clone();
    }
    report["install"].take()
}

/// Demands that no pip is asked, and that the answer is the one that pip gives.
#[track_caller]
fn same_as_pip(sandbox: &Sandbox, index: &Index, arguments: &str) -> Value {
    let dry = |more: &str| install(sandbox, index, &format!("--dry-run --report - {more} {arguments}")).success();
    let ours = dry("")
        .says("answered resolved as by pip")
        .never_says("pip is asked")
        .never_says("with pip");
    let (ours, pips) = (report(&ours), report(&dry("--resolver pip").says("resolving with pip")));
    assert_eq!(ours, pips, "{arguments}");
    ours
}

fn save(sandbox: &Sandbox, artifact: &Artifact) -> String {
    sandbox.write(&artifact.filename, &artifact.bytes);
    artifact.filename.clone()
}

#[test]
fn an_editable_beside_requirements_starts_no_pip_for_resolving() {
    let (sandbox, index) = world();
    let project = SdistBuilder::new("My.App", "1.0").requires("helper<2");
    project.write_to(&sandbox.work(""));
    SdistBuilder::new("other", "1.5")
        .requires("tool; extra == 'more'")
        .build_requires("tool")
        .write_to(&sandbox.work("other folder"));
    sandbox.write("requirements.txt", "helper\ntool==1.0\n");
    let answer = same_as_pip(&sandbox, &index, "-r requirements.txt -e .");
    assert_eq!(answer.as_array().unwrap().len(), 3);
    sandbox.write("folders.txt", "./other folder[more]\nhelper\n");
    let _ = same_as_pip(&sandbox, &index, "-r folders.txt .");
    // What was resolved is installed as pip installs it.
    let run = install(&sandbox, &index, "-r requirements.txt -e .").success();
    let _ = run.says("resolved as by pip").never_says("pip is asked");
    let site = sandbox.python().site_packages(&sandbox.work(".venv"));
    assert!(site.join("__editable__my_app.pth").is_file());
    assert!(site.join("helper").is_dir());
}

#[test]
fn archives_of_the_users_are_looked_into() {
    let (sandbox, index) = world();
    let wheel = WheelBuilder::new("local", "1.0").requires("helper").build();
    let sdist = SdistBuilder::new("source", "2.0").requires("helper>1").build();
    let (wheel_name, sdist_name) = (save(&sandbox, &wheel), save(&sandbox, &sdist));
    let _ = same_as_pip(&sandbox, &index, &format!("./{wheel_name} ./{sdist_name}"));
    index.publish(wheel.clone());
    index.publish(sdist.clone());
    let url = |artifact: &Artifact| format!("{}#sha256={}", index.file_url(artifact), artifact.sha256());
    let _ = same_as_pip(&sandbox, &index, &format!("{} {}", url(&wheel), url(&sdist)));
    sandbox.write(
        "hashed.txt",
        format!(
            "local @ {}\n  --hash=sha256:{}\n",
            index.file_url(&wheel),
            wheel.sha256()
        ),
    );
    let _ = same_as_pip(&sandbox, &index, "--no-deps -r hashed.txt");
    sandbox.write("constraint.txt", format!("local @ {}\n", url(&wheel)));
    let answer = same_as_pip(&sandbox, &index, "-c constraint.txt local");
    assert_eq!(answer[2]["is_direct"], true, "{answer:#}");
}
