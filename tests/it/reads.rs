//! What answers were made from: they hold as long as that is the same, and nothing is asked twice.

use crate::index::{Failure, Index};
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::start());
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
