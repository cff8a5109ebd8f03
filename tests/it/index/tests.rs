use std::time::{Duration, Instant};

use super::*;
use crate::wheel_builder::WheelBuilder;

#[test]
fn pages_say_what_the_standards_ask_for() {
    let index = Index::start();
    let wheel = WheelBuilder::new("demo", "1.0").requires_python(">=3.8").build();
    index.publish(wheel.clone().yanked("broken"));
    let page = get(&format!("{}demo/", index.url()), "").unwrap();
    for text in [
        format!("#sha256={}", wheel.sha256()),
        "data-requires-python=\"&gt;=3.8\"".to_owned(),
        "data-yanked=\"broken\"".to_owned(),
        "data-core-metadata=\"sha256=".to_owned(),
    ] {
        assert!(page.contains(&text), "{text} is not in {page}");
    }
    let metadata = get(&format!("{}.metadata", index.file_url(&wheel)), "").unwrap();
    assert!(metadata.contains("Name: demo"), "{metadata}");
    assert!(get(&index.links_url(), "").unwrap().contains("pip-"));
    assert!(get(&index.url(), "").unwrap().contains("/simple/demo/"));
    let tag = page.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap();
    let again = get(&format!("{}demo/", index.url()), &format!("If-None-Match: {tag}\r\n"));
    assert!(again.unwrap().starts_with("HTTP/1.1 304"));
    index.metadata_files(MetadataFiles::Absent);
    assert!(!get(&index.links_url(), "").unwrap().contains("core-metadata"));
    assert_eq!(index.take_requests().len(), 6);
    index.assert_not_asked();
    index.withdraw("demo");
    assert!(get(&format!("{}demo/", index.url()), "").unwrap().starts_with("HTTP/1.1 404"));
}

#[test]
fn a_protected_index_asks_for_the_password() {
    let index = Index::empty();
    index.protect("user", "secret");
    assert!(get(&index.url(), "").unwrap().contains("realm=\"loopback\""));
    let header = "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n";
    assert!(get(&index.url(), header).unwrap().starts_with("HTTP/1.1 200"));
    let log: Vec<_> = index.take_requests().iter().map(|r| (r.status, r.authorized)).collect();
    assert_eq!(log, [(401, false), (200, true)]);
    assert!(index.url_as("user", "secret").contains("user:secret@"));
}

#[test]
fn it_fails_when_told() {
    let index = Index::empty();
    let wheel = WheelBuilder::new("demo", "1.0").build();
    index.publish(wheel.clone());
    let whole = get(&index.file_url(&wheel), "").unwrap();
    index.fail(Failure::CorruptFiles);
    assert_ne!(get(&index.file_url(&wheel), "").unwrap(), whole);
    index.fail(Failure::TruncatedFiles);
    assert!(get(&index.file_url(&wheel), "").unwrap().len() < whole.len());
    index.fail(Failure::Status(503));
    assert!(get(&index.url(), "").unwrap().starts_with("HTTP/1.1 503"));
    index.fail(Failure::Down);
    assert!(get(&index.url(), "").unwrap_or_default().is_empty());
    index.fail(Failure::Slow(Duration::from_millis(150)));
    let begun = Instant::now();
    assert!(get(&index.url(), "").unwrap().starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() >= Duration::from_millis(150));
    index.fail(Failure::None);
}
