//! What is on the disk when a name becomes visible.

use std::collections::BTreeSet;
use std::fs;

use super::arena::{Arena, BUILT, can_trace, traced};

/// Entries by which others are believed to be there.
const DURABLE: [&str; 3] = ["/v1/archives/", "/v1/snapshots/", "/v1/requests/"];

/// Rule: file, then its name, then the folder; and the record of something after that something.
#[test]
fn what_others_rely_on_is_flushed_before_and_after_it_gets_its_name() {
    let arena = Arena::new();
    if !can_trace(&arena.sandbox, "the order of flushing") {
        return;
    }
    let log = arena.sandbox.root().join("calls");
    let calls = "trace=fsync,rename,renameat,renameat2,syncfs";
    let options = ["-y", "-s", "4096", "-o", log.to_str().unwrap(), "-e", calls];
    let run = traced(&arena.sandbox, &arena.venv_command("target", BUILT), &options);
    let _ = arena.sandbox.finish(run).success();
    let text = fs::read_to_string(&log).unwrap();
    let (mut flushed, mut named, mut settled) = (BTreeSet::new(), 0, BTreeSet::new());
    let mut waiting: Vec<String> = Vec::new();
    // A call that another thread interrupts has two lines; its paths are in the first, its end is the second. Both threads' orders are kept.
    for line in text.lines().filter(|line| !line.contains("resumed>")) {
        let quoted: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        if line.contains(" fsync(") {
            let path = line.split(['<', '>']).nth(1).unwrap().to_owned();
            waiting.retain(|entry| {
                let done = entry.rsplit_once('/').is_some_and(|(folder, _)| folder == path);
                if done {
                    settled.insert(entry.clone());
                }
                !done
            });
            flushed.insert(path);
        } else if let [from, to] = quoted[..]
            && DURABLE.iter().any(|area| to.contains(area))
        {
            assert!(flushed.contains(from), "{to} gets its name before it is flushed");
            if to.contains("/v1/requests/") {
                let snapshot = |entry: &String| entry.contains("/v1/snapshots/");
                assert!(!waiting.iter().any(snapshot), "a record before its snapshot");
            }
            if to.contains("/v1/archives/") && to.ends_with(".json") {
                let archive = to.replace(".json", ".tar.gz");
                assert!(settled.contains(&archive), "{to} before its archive is on the disk");
            }
            waiting.push(to.to_owned());
            named += 1;
        }
    }
    assert!(
        named >= 7,
        "two archives with records, a snapshot with its excerpt, a request: {named}\n{text}"
    );
    assert!(waiting.is_empty(), "never flushed: {waiting:?}");
    assert!(text.contains(" syncfs("), "the trees are flushed in the end");
}
