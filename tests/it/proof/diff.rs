//! `snapenv diff`: in what two environments, snapshots or requests differ.

use std::fs;

use super::{PINNED, World};
use crate::wheel_builder::WheelBuilder;

#[test]
fn differences_are_explained() {
    let world = World::new();
    let diff = |arguments: &str| {
        let words = ["diff"].into_iter().chain(arguments.split_whitespace());
        world.sandbox.snapenv(words)
    };
    let _ = world.venv("one", PINNED);
    let _ = world.venv("layered", &format!("--link-mode layered {PINNED}"));
    let _ = diff("one layered").success().says("one and layered are the same");
    let _ = world.venv("two", "--prompt other demo==2.0 late==1.0");
    fs::write(world.path("two", "@/own.py"), "").unwrap();
    let run = diff("one two").fails_with(1);
    let said: Vec<&str> = run.stdout.lines().collect();
    let own = world.inside("+@/own.py (of no distribution)");
    let expected = [
        "--- one",
        "+++ two",
        "prompt: none -> 'other'",
        "~demo 1.0 -> 2.0 (files: 6 gone, 6 new, 1 changed)",
        "-helper 1.0",
        "+late 1.0",
        &own,
    ];
    let but_counts = |line: &&str| line.split(" (files").next().unwrap().to_owned();
    assert_eq!(
        said.iter().map(but_counts).collect::<Vec<_>>(),
        expected.iter().map(but_counts).collect::<Vec<_>>(),
        "{run}"
    );
    let run = diff("one two -v").fails_with(1).says("  +demo-2.0.dist-info/METADATA");
    let _ = run.says("  -demo-1.0.dist-info/METADATA").says("  ~demo/__init__.py");
    // What was asked for, and what it is made of, by the beginnings of keys.
    let url = world.index.url();
    let key = |arguments: &str| {
        let words = ["key", "-i", url.as_str()].into_iter().chain(arguments.split_whitespace());
        world.sandbox.snapenv(words).success().stdout.trim()[..12].to_owned()
    };
    let (first, second) = (key(PINNED), key("demo==2.0 late==1.0"));
    let run = diff(&format!("{first} {second}")).fails_with(1);
    let run = run.says("request: requirements: only in the first: ").says("helper==1.0");
    let _ = run.says("~demo 1.0 -> 2.0");
    let snapshot = world.verify("one --json").success();
    let snapshot: serde_json::Value = serde_json::from_str(&snapshot.stdout).unwrap();
    let snapshot = snapshot["snapshots"][0].as_str().unwrap();
    let _ = diff(&format!("{snapshot} one")).success();
    // The same version of another file: the key says in what it differs.
    let other = WheelBuilder::new("late", "1.0").file("late/more.py", "").build();
    let other = other.write_to(&world.sandbox.work("wheels"));
    let _ = world.venv("three", &format!("--prompt other demo==2.0 {}", other.display()));
    let run = diff("two three --json").fails_with(1);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let late = &found["distributions"][0];
    assert_eq!(late["name"], "late");
    let reasons = late["reasons"].to_string();
    assert!(
        reasons.contains("artifact: ") && reasons.contains("direct_url.json: an index -> "),
        "{run}"
    );
    assert!(late["files"]["only_second"].to_string().contains("late/more.py"), "{run}");
    for nothing in ["nowhere one", "one ffffffffffff", "one wheels", "one"] {
        let _ = diff(nothing).fails_with(2);
    }
}
