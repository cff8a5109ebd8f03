//! Indexes that refuse us or are in trouble: what pip does then, natively.

use crate::direct::World;
use crate::index::{Failure, Index};
use crate::known_pip;
use crate::wheel_builder::WheelBuilder;

#[test]
fn an_index_that_answers_with_an_error_is_passed_over_as_by_pip() {
    let world = World::new();
    let other = Index::empty();
    other.publish(WheelBuilder::new("helper", "3.0").build());
    other.publish(known_pip::wheel());
    let extra = format!("--retries 0 --extra-index-url {} helper", other.url());
    let alone = format!("--retries 0 -i {} helper", other.url());
    for status in [401, 403, 404, 410, 429, 500, 503] {
        other.fail_at("/simple/helper/", status);
        let answer = world.same_as_pip(&extra);
        assert_eq!(answer.len(), 2, "{status}: {answer:#?}");
        // Alone, it is as if it had nothing; where we are refused, pip is asked whether it is let in.
        let run = world.install(&format!("--dry-run {alone}")).fails_with(1);
        let run = run.says("ERROR: No matching distribution found for helper");
        let asked = known_pip::started(&world.sandbox);
        assert_eq!(asked.is_empty(), !matches!(status, 401 | 403), "{status}: {asked:?}\n{run}");
    }
}

#[test]
fn an_answer_without_a_place_in_trouble_is_not_kept() {
    let world = World::new();
    let other = Index::empty();
    let arguments = format!("-v --retries 0 --extra-index-url {} helper", other.url());
    let venv = |folder: &str, more: &str| world.sandbox.venv(&world.index, folder, &format!("{more} {arguments}"));
    other.fail(Failure::Status(503));
    let run = venv("trouble", "").success();
    let _ = run.says("warning: Could not fetch URL").says("HTTP error 503");
    let _ = venv("offline", "--offline").fails();
    // A place that refuses us says that it has nothing for us, until it says something else.
    other.fail(Failure::Status(403));
    let _ = venv("refused", "").success().never_says("warning: ");
    let run = venv("again", "").success();
    assert!(run.summary().contains("which the index confirms"), "{run}");
    other.fail(Failure::None);
    other.publish(WheelBuilder::new("helper", "3.0").build());
    let _ = venv("more", "").success().says("miss: helper 3.0 appeared at");
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new());
}

#[test]
fn pip_is_asked_where_only_it_knows_the_credentials() {
    let world = World::new();
    let other = Index::empty();
    other.protect("me", "secret");
    let arguments = format!("--dry-run --keyring-provider import --extra-index-url {} helper", other.url());
    let _ = world.install(&arguments).success().says("pip is asked: Could not fetch URL");
    assert_ne!(known_pip::started(&world.sandbox), Vec::<String>::new());
}
