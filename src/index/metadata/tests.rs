use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use tempfile::TempDir;

use super::*;
use crate::index::simple::{Digests, Link, MetadataFile, Shelf};
use crate::index::test_server::{Answer, Seen, Server};
use crate::index::{Credentials, FetchError, Fetcher, Network, NetworkOptions};
use crate::key::{PageKey, Sha256};
use crate::report::Silent;

const NAME: &str = "demo-1.0-py3-none-any.whl";
const METADATA: &[u8] = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: helper\n";

/// A wheel with so many bytes of ballast before METADATA, and as many files behind it.
fn wheel(ballast: usize, files: usize) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, content: &[u8]| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    };
    let noise: Vec<u8> = (0..ballast)
        .map(|index| blake3::hash(&index.to_le_bytes()).as_bytes()[0])
        .collect();
    add("demo/ballast", &noise);
    add("demo-1.0.dist-info/METADATA", METADATA);
    add(
        "demo-1.0.dist-info/WHEEL",
        b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    );
    for number in 0..files {
        add(&format!("demo/a_rather_long_file_name_{number}.py"), b"");
    }
    add("demo-1.0.dist-info/RECORD", b"");
    zip.finish().unwrap().into_inner()
}

struct Sandbox {
    root: TempDir,
    fetcher: Fetcher,
}

impl Shelf for Sandbox {
    fn page(&self, key: PageKey) -> PathBuf {
        self.root.path().join(key.to_string())
    }

    fn metadata(&self, wheel: Sha256) -> PathBuf {
        self.root.path().join(wheel.to_string())
    }

    fn staging(&self) -> Option<PathBuf> {
        Some(self.root.path().to_owned())
    }

    fn note_damage(&self, path: &Path, _: &str) {
        fs::remove_file(path).unwrap();
    }
}

impl Sandbox {
    fn new() -> Self {
        let options = NetworkOptions {
            retries: Some(0),
            ..NetworkOptions::default()
        };
        let network = Network::new(options, &BTreeMap::new(), "test".to_owned());
        Self {
            root: tempfile::tempdir().unwrap(),
            fetcher: Fetcher::new(network, Credentials::default()),
        }
    }

    fn read(&self, link: &Link) -> Result<Means, MetadataError> {
        let reader = MetadataReader::new(&self.fetcher, self, self.root.path(), &Silent);
        let described = reader.of_wheel(link)?;
        assert_eq!(described.metadata.requires_dist, ["helper"]);
        assert_eq!(described.wheel.is_some(), described.means == Means::Whole && !link.is_local());
        Ok(described.means)
    }
}

fn link(server: &Server, bytes: &[u8]) -> Link {
    Link::plain(&format!("{}#sha256={}", server.url(&format!("/{NAME}")), Sha256::of(bytes)))
}

/// Answers a range request as it should be.
fn part(seen: &Seen, bytes: &[u8]) -> Answer {
    let Some(range) = seen.header("range").and_then(|range| range.strip_prefix("bytes=")) else {
        return Answer::ok(bytes);
    };
    let (first, last) = range.split_once('-').unwrap();
    let (start, end) = match first {
        "" => (bytes.len().saturating_sub(last.parse().unwrap()), bytes.len()),
        first => (first.parse().unwrap(), last.parse::<usize>().unwrap() + 1),
    };
    let said = format!("bytes {start}-{}/{}", end - 1, bytes.len());
    Answer::new(206, &[("Content-Range", &said)], &bytes[start..end])
}

#[test]
fn parts_are_enough_wherever_metadata_lies() {
    for (ballast, files, requests) in [(10, 0, 1), (200_000, 0, 1), (10, 1000, 3), (200_000, 1000, 3)] {
        let bytes = wheel(ballast, files);
        let copy = bytes.clone();
        let server = Server::start(move |seen, _| part(seen, &copy));
        let sandbox = Sandbox::new();
        let link = link(&server, &bytes);
        assert_eq!(sandbox.read(&link).unwrap(), Means::Part, "{ballast} {files}");
        assert_eq!(server.seen().len(), requests, "{ballast} {files}");
        assert_eq!(sandbox.read(&link).unwrap(), Means::Kept);
        assert_eq!(server.seen().len(), requests);
    }
}

#[test]
fn servers_that_know_no_ranges_or_lie_cost_the_whole_wheel() {
    type Lie = fn(&Seen, &[u8]) -> Answer;
    let lies: [(&str, Lie); 6] = [
        ("ignores", |_, bytes| Answer::ok(bytes)),
        ("refuses", |_, _| Answer::status(416)),
        ("other range", |_, bytes| {
            Answer::new(206, &[("Content-Range", "bytes 0-9/9999999")], &bytes[..10])
        }),
        ("short", |_, bytes| {
            Answer::new(206, &[("Content-Range", "bytes 10-99/100")], &bytes[..10])
        }),
        ("no range", |_, bytes| Answer::new(206, &[], &bytes[bytes.len() - 100..])),
        ("noise", |_, _| {
            Answer::new(206, &[("Content-Range", "bytes 0-499/500")], &[7; 500])
        }),
    ];
    for (name, lie) in lies {
        let bytes = wheel(50_000, 0);
        let copy = bytes.clone();
        let server = Server::start(move |seen, _| match seen.header("range") {
            Some(_) => lie(seen, &copy),
            None => Answer::ok(&copy),
        });
        let sandbox = Sandbox::new();
        assert_eq!(sandbox.read(&link(&server, &bytes)).unwrap(), Means::Whole, "{name}");
        assert_eq!(server.seen().len(), 2, "{name}");
        assert_eq!(
            fs::read_dir(sandbox.root.path()).unwrap().count(),
            1,
            "only the entry is left behind"
        );
    }
}

fn beside(link: &mut Link, digest: &str) {
    link.metadata = MetadataFile::Hashed([("sha256", digest)].into_iter().collect::<Digests>());
}

#[test]
fn the_file_beside_the_wheel_is_checked() {
    let server = Server::start(|seen, _| match seen.target.as_str() {
        "/demo-1.0-py3-none-any.whl.metadata" => Answer::ok(METADATA),
        _ => Answer::status(404),
    });
    let sandbox = Sandbox::new();
    let mut link = link(&server, b"wheel");
    beside(&mut link, &"00".repeat(32));
    let error = sandbox.read(&link).unwrap_err();
    assert!(matches!(error, MetadataError::Fetch(FetchError::Hash { .. })), "{error}");
    beside(&mut link, &Sha256::of(METADATA).to_string());
    assert_eq!(sandbox.read(&link).unwrap(), Means::Beside);
    assert_eq!(sandbox.read(&link).unwrap(), Means::Kept);
    beside(&mut link, &"00".repeat(32));
    assert!(sandbox.read(&link).is_err(), "what is kept is not what is announced");
    link.metadata = MetadataFile::Hashed([("md5", "00")].into_iter().collect());
    assert!(matches!(sandbox.read(&link), Ok(Means::Kept)));
}

/// Whoever serves a wheel of the same digest with other metadata must not decide for other indexes.
#[test]
fn metadata_of_one_index_is_not_believed_of_anothers_wheel() {
    let server = Server::start(|_, _| Answer::ok(METADATA));
    let sandbox = Sandbox::new();
    let mut poisoned = link(&server, b"wheel");
    poisoned.metadata = MetadataFile::Unhashed;
    assert_eq!(sandbox.read(&poisoned).unwrap(), Means::Beside);
    let elsewhere = server.url_as("localhost", &format!("/{NAME}"));
    let other = Link::plain(&format!("{elsewhere}#sha256={}", Sha256::of(b"wheel")));
    assert!(sandbox.read(&other).is_err());
}

#[test]
fn local_wheels_are_read_where_they_are() {
    let sandbox = Sandbox::new();
    let bytes = wheel(10, 0);
    let path = sandbox.root.path().join(NAME);
    fs::write(&path, &bytes).unwrap();
    let plain = Link::plain(&format!("file://{}", path.display()));
    assert_eq!(sandbox.read(&plain).unwrap(), Means::Whole);
    let mut promised = plain.clone();
    promised.digests = [("sha256", "00".repeat(32))].into_iter().collect();
    let error = sandbox.read(&promised).unwrap_err();
    assert!(matches!(error, MetadataError::Fetch(FetchError::Hash { .. })), "{error}");
}
