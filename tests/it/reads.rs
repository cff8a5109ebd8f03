//! What answers were made from: they hold as long as that is the same, and nothing is asked twice.

use crate::index::{Failure, Index};
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::wheel_builder::WheelBuilder;

fn world() -> (Sandbox, Index) {
    world_over(Index::start())
}

fn world_over(index: Index) -> (Sandbox, Index) {
    let sandbox = Sandbox::new();
    index.publish(WheelBuilder::new("demo", "1.0").requires("helper").build());
    index.publish(WheelBuilder::new("helper", "2.0").build());
    (sandbox, index)
}

#[test]
fn an_index_in_trouble_leaves_recorded_answers() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "a", "demo").success();
    index.fail(Failure::Status(503));
    let run = sandbox.venv(&index, "b", "--retries 0 demo").fails_with(1);
    let run = run
        .says("No matching distribution found")
        .says("answered")
        .says("--offline uses it");
    let _ = run.says("--max-age 1m");
    let _ = sandbox.venv(&index, "b", "--max-age 1m demo").success();
    let _ = sandbox.venv(&index, "c", "--offline demo").success();
    let run = sandbox.venv(&index, "d", "--retries 0 helper").fails_with(1);
    let _ = run.never_says("--offline uses it");
}

/// What `explain` says of `demo`.
fn explain(sandbox: &Sandbox, index: &Index) -> Run {
    let url = index.url();
    sandbox.snapenv(["explain", "-i", &url, "demo"]).success()
}

#[test]
fn an_answer_of_pip_holds_until_the_index_offers_something_else() {
    let (sandbox, index) = world_over(Index::of_real_pips());
    let _ = sandbox.venv(&index, "a", "demo").success();
    index.take_requests();
    let run = sandbox.venv(&index, "b", "demo").success();
    assert!(run.summary().contains("which the index confirms"), "{run}");
    assert_eq!(run.misses(), 0, "{run}");
    let mut asked: Vec<String> = index.take_requests().into_iter().map(|request| request.path).collect();
    asked.sort();
    assert_eq!(asked, ["/simple/demo/", "/simple/helper/"]);
    // Nothing that this interpreter could use.
    index.publish(WheelBuilder::new("helper", "9.0").tag("py3-none-win32").build());
    index.publish(WheelBuilder::new("helper", "9.1").requires_python("<3").build());
    let _ = explain(&sandbox, &index).says("hit: ").says("which the index confirms");
    index.publish(WheelBuilder::new("helper", "3.0").build());
    let _ = explain(&sandbox, &index).says("miss: helper 3.0 appeared on the index");
    let run = sandbox.venv(&index, "c", "-v demo").success();
    let run = run.says("miss: helper 3.0 appeared on the index");
    assert!(run.summary().contains("resolved"), "{run}");
    let module = sandbox
        .python()
        .site_packages(&sandbox.work("c"))
        .join("helper-3.0.dist-info");
    assert!(module.is_dir());
    let _ = explain(&sandbox, &index).says("hit: ");
    // Installing and dry runs look the same up.
    let url = index.url();
    let fixed = ["install", "--python", "c", "-i", &url, "-v", "--dry-run", "-I", "demo"];
    let run = sandbox.snapenv(fixed).success().says("as pip ");
    assert!(run.stdout.ends_with("Would install demo-1.0 helper-3.0\n"), "{run}");
    index.withdraw("helper");
    index.publish(WheelBuilder::new("helper", "3.0").build().yanked("a mistake"));
    index.publish(WheelBuilder::new("helper", "2.0").build());
    let _ = explain(&sandbox, &index).says("miss: helper 3.0 was yanked on the index");
    let _ = sandbox.venv(&index, "d", "demo").success();
    index.fail(Failure::Status(503));
    let run = sandbox.venv(&index, "e", "--retries 0 -v demo").fails_with(1);
    let _ = run.says("miss: Could not fetch URL").says("--offline uses it");
}

#[test]
fn a_project_that_appears_on_another_index_counts() {
    let (sandbox, index) = world();
    let other = Index::empty();
    let arguments = format!("--extra-index-url {} -f {} demo", other.url(), other.links_url());
    let _ = sandbox.venv(&index, "a", &arguments).success();
    let run = sandbox.venv(&index, "b", &arguments).success();
    assert!(run.summary().contains("which the index confirms"), "{run}");
    other.publish(WheelBuilder::new("helper", "2.0").file("helper/other.py", "").build());
    let run = sandbox.venv(&index, "c", &format!("-v {arguments}")).success();
    let place = format!("helper 2.0 appeared at {}helper/", other.url());
    let _ = run.says("miss: helper 2.0 appeared at").says(&place);
    let module = sandbox.python().site_packages(&sandbox.work("c")).join("helper/other.py");
    assert!(module.exists());
}

#[test]
fn what_pip_does_not_tell_is_asked_again() {
    let (sandbox, index) = world_over(Index::of_real_pips());
    index.publish(SdistBuilder::new("built", "1.0").build());
    let run = sandbox.venv(&index, "a", "-v built").success();
    let _ = run.says("what pip read is not recorded: pip ran other programs");
    let run = sandbox.venv(&index, "b", "-v built").success();
    let run = run.says("it is not pinned: the index may answer differently today");
    assert!(run.summary().contains("resolved"), "{run}");
}
