//! `snapenv key`, `explain` and `cache dir`: what is part of a request, and what is not.

use crate::index::Index;
use crate::interpreters;
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

/// A sandbox in which nothing but a loopback index is asked for pip.
fn world() -> (Sandbox, Index) {
    let (mut sandbox, index) = (Sandbox::new(), Index::start());
    sandbox.set("PIP_INDEX_URL", index.url());
    (sandbox, index)
}

fn key(sandbox: &Sandbox, arguments: &str) -> String {
    let run = sandbox
        .snapenv(["key"].into_iter().chain(arguments.split_whitespace()))
        .success();
    let key = run.stdout.trim().to_owned();
    assert!(
        !key.is_empty() && !key.contains(char::is_whitespace),
        "a key is one word\n{run}"
    );
    key
}

#[test]
fn spelling_does_not_matter() {
    let (sandbox, _index) = world();
    sandbox.write("a.txt", "# comment\nDe.Mo >= 1 , < 2\nother; python_version < '3'\n");
    sandbox.write("b.txt", "\nde_mo<2,>=1   # the same\n");
    sandbox.write("c.txt", "-r b.txt\n");
    let keys = ["a.txt", "b.txt", "c.txt"].map(|file| key(&sandbox, &format!("-r {file}")));
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[1], keys[2]);
}

#[test]
fn whatever_can_change_the_result_does() {
    let (sandbox, _index) = world();
    sandbox.write("limits.txt", "demo<2\n");
    let wheel = WheelBuilder::new("local", "1.0").build().write_to(&sandbox.work("links"));
    let mut requests = vec![
        "demo".to_owned(),
        "demo==1.0".to_owned(),
        "demo[extra]".to_owned(),
        "demo -c limits.txt".to_owned(),
        "demo --pre".to_owned(),
        "demo --no-deps".to_owned(),
        "demo --no-binary demo".to_owned(),
        "demo --only-binary :all:".to_owned(),
        "demo --prefer-binary".to_owned(),
        "demo --index-url http://127.0.0.1:9/simple/".to_owned(),
        "demo --extra-index-url http://127.0.0.1:9/simple/".to_owned(),
        "demo --find-links links".to_owned(),
        "demo --no-index".to_owned(),
        "demo --no-seed".to_owned(),
        "demo --system-site-packages".to_owned(),
        wheel.to_str().unwrap().to_owned(),
    ];
    let others = interpreters::oldest_and_newest()
        .into_iter()
        .filter(|python| *python != sandbox.python());
    // Without an index their own pips will do.
    requests.extend(others.map(|python| format!("demo --no-index -p {}", python.executable.display())));
    let mut keys: Vec<String> = requests.iter().map(|request| key(&sandbox, request)).collect();
    keys.push({
        WheelBuilder::new("local", "1.0")
            .file("local/new.py", "")
            .build()
            .write_to(&sandbox.work("links"));
        key(&sandbox, wheel.to_str().unwrap())
    });
    for (number, one) in keys.iter().enumerate() {
        let same = keys[..number].iter().position(|other| other == one);
        assert_eq!(
            same,
            None,
            "{:?} has the key of {:?}",
            requests.get(number),
            same.map(|other| &requests[other])
        );
    }
}

#[test]
fn what_cannot_change_the_result_does_not() {
    let (mut sandbox, _index) = world();
    let plain = key(&sandbox, "demo");
    for option in [
        "-q",
        "-v",
        "--link-mode copy",
        "--prompt mine",
        "--max-age 1h",
        "--clear",
        "--refresh",
    ] {
        assert_eq!(key(&sandbox, &format!("demo {option}")), plain, "{option}");
    }
    for (variable, value) in [
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONUNBUFFERED", "1"),
        ("UNRELATED", "1"),
    ] {
        sandbox.set(variable, value);
        assert_eq!(key(&sandbox, "demo"), plain, "{variable}");
    }
}

#[test]
fn the_preimage_is_shown_without_secrets() {
    let sandbox = Sandbox::new();
    let run = sandbox.snapenv(["key", "--explain", "-i", "http://user:s3cr3t@127.0.0.1:9/simple/", "demo>=1"]);
    let _ = run.success().says("demo").says("127.0.0.1:9").never_says("s3cr3t");
}

#[test]
fn explain_tells_hits_from_misses() {
    let (sandbox, index) = world();
    index.publish(WheelBuilder::new("demo", "1.0").build());
    let url = index.url();
    let explain = |requirement: &str| sandbox.snapenv(["explain", "-i", &url, requirement]).success();
    assert!(explain("demo==1.0").output().contains("miss"));
    let _ = sandbox.venv(&index, ".venv", "demo==1.0").success();
    assert!(explain("demo==1.0").output().contains("hit"));
    assert!(!sandbox.work("demo==1.0").exists());
}

#[test]
fn cache_dir_names_the_store() {
    let mut sandbox = Sandbox::new();
    let run = sandbox.snapenv(["cache", "dir"]).success();
    assert_eq!(run.stdout.trim(), sandbox.cache("").to_str().unwrap().trim_end_matches('/'));
    sandbox.unset("SNAPENV_CACHE_DIR");
    let run = sandbox.snapenv(["cache", "dir"]).success();
    assert!(
        run.stdout.trim().starts_with(sandbox.home(".cache").to_str().unwrap()),
        "{run}"
    );
}
