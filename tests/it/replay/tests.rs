use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{Distribution, Place, Replay, Universe};

fn get(url: &str, header: &str) -> String {
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_recorded_file_has_metadata_but_no_body_and_who_wants_it_is_reported() {
    let mut place = Place::default();
    let file = Distribution {
        filename: "demo-1.0-py3-none-any.whl".to_owned(),
        sha256: "0".repeat(64),
        yanked: Some("why".to_owned()),
        announced: true,
        metadata: Some((*b"Name: demo\n").into()),
        ..Distribution::default()
    };
    place.add("demo", file);
    let universe = Universe::from([("main".to_owned(), place)]);
    let replay = Replay::start(BTreeMap::from([("u".to_owned(), universe)]));
    let url = replay.url("u");
    let page = get(&format!("{url}main/simple/demo/"), "");
    assert!(
        page.contains("../../files/demo-1.0-py3-none-any.whl") && page.contains("\"yanked\":\"why\""),
        "{page}"
    );
    let tag = page.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap();
    let again = get(&format!("{url}main/simple/demo/"), &format!("If-None-Match: {tag}\r\n"));
    assert!(again.starts_with("HTTP/1.1 304"), "{again}");
    let wheel = format!("{url}main/files/demo-1.0-py3-none-any.whl");
    assert!(get(&format!("{wheel}.metadata"), "").ends_with("Name: demo\n"));
    assert!(replay.complaints().is_empty());
    assert!(get(&wheel, "").starts_with("HTTP/1.1 404"));
    assert_eq!(replay.complaints(), ["/u/main/files/demo-1.0-py3-none-any.whl"]);
    assert_eq!(super::decoded("demo-1%210+cpu%2B1-%"), "demo-1!0+cpu+1-%");
    for (path, status) in [
        ("other/simple/demo/", 404),
        ("main/simple/other/", 404),
        ("forbidden/simple/demo/", 403),
    ] {
        assert!(get(&format!("{url}{path}"), "").starts_with(&format!("HTTP/1.1 {status}")));
    }
}
