use std::collections::BTreeMap;

use tempfile::TempDir;

use super::*;
use crate::index::test_server::{Answer, Server};
use crate::index::{Hashes, Netrc, NetworkOptions};
use crate::report::Silent;

mod access;

const SECRET: &str = "s3cr3tt0k3n";
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// Where a test writes to, and how it fetches.
struct Sandbox {
    folder: TempDir,
    fetcher: Fetcher,
}

impl Sandbox {
    fn new(options: NetworkOptions, credentials: Credentials) -> Self {
        let network = Network::new(options, &BTreeMap::new(), "snapenv/test".to_owned());
        Self {
            folder: tempfile::tempdir().unwrap(),
            fetcher: Fetcher::new(network, credentials),
        }
    }

    fn plain() -> Self {
        let options = NetworkOptions {
            retries: Some(1),
            ..NetworkOptions::default()
        };
        Self::new(options, Credentials::default())
    }

    fn with_index(index: &Url) -> Self {
        let credentials = Credentials::new(vec![index.clone()], Vec::new(), Netrc::default());
        Self::new(NetworkOptions::default(), credentials)
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("fetched")
    }

    /// Fetches, and checks what holds for every outcome: a file only on success, and no secret in what is shown.
    fn fetch(&self, artifact: &Artifact) -> Result<Fetched, FetchError> {
        let result = self.fetcher.fetch(artifact, &self.target(), &Silent);
        assert_eq!(result.is_ok(), self.target().exists());
        if let Err(error) = &result {
            let shown = format!("{error} {error:?} {:?} {artifact:?}", error.hint());
            assert!(!shown.contains(SECRET), "{shown}");
        }
        result
    }
}

fn artifact(url: Url) -> Artifact {
    Artifact {
        url,
        filename: "abc-1.0.tar.gz".to_owned(),
        size: None,
        hashes: Hashes::default(),
    }
}

fn sha256(digest: &str) -> Hashes {
    [("sha256", digest)].into_iter().collect()
}

fn with_userinfo(mut url: Url, user: &str, password: Option<&str>) -> Url {
    url.set_username(user).unwrap();
    url.set_password(password).unwrap();
    url
}

#[test]
fn content_is_written_hashed_and_asked_for_unencoded() {
    let server = Server::start(|_, _| Answer::new(200, &[("Content-Encoding", "gzip")], b"abc"));
    let sandbox = Sandbox::plain();
    let wanted = Artifact {
        size: Some(3),
        hashes: sha256(ABC),
        ..artifact(server.url("/x#sha256=1"))
    };
    let fetched = sandbox.fetch(&wanted).unwrap();
    assert_eq!((fetched.sha256.to_string().as_str(), fetched.size), (ABC, 3));
    assert_eq!(std::fs::read(sandbox.target()).unwrap(), b"abc");
    let seen = server.seen();
    assert_eq!(seen[0].target, "/x");
    assert_eq!(seen[0].header("accept-encoding"), Some("identity"));
    assert_eq!(seen[0].header("user-agent"), Some("snapenv/test"));
    assert_eq!(seen[0].header("authorization"), None);
}

#[test]
fn files_are_fetched_without_any_client() {
    let sandbox = Sandbox::plain();
    let source = sandbox.folder.path().join("a b");
    std::fs::write(&source, "abc").unwrap();
    let url = Url::from_file_path(&source).unwrap();
    let wanted = Artifact {
        hashes: sha256(ABC),
        ..artifact(url.clone())
    };
    assert_eq!(sandbox.fetch(&wanted).unwrap().size, 3);
    assert_eq!(sandbox.fetcher.read(&url, 3).unwrap().bytes, b"abc");
    assert!(matches!(sandbox.fetcher.read(&url, 2), Err(FetchError::TooLarge { .. })));
    std::fs::remove_file(&source).unwrap();
    std::fs::remove_file(sandbox.target()).unwrap();
    assert!(matches!(sandbox.fetch(&wanted), Err(FetchError::Read { .. })));
    assert!(sandbox.fetcher.clients.is_unused());
}

#[test]
fn wrong_content_is_refused_in_pips_words_and_removed() {
    let server = Server::start(|_, _| Answer::ok(b"abd"));
    let wanted = Artifact {
        hashes: sha256(ABC),
        ..artifact(with_userinfo(server.url("/x"), "me", Some(SECRET)))
    };
    let text = Sandbox::plain().fetch(&wanted).unwrap_err().to_string();
    assert!(
        text.contains(&format!("        Expected sha256 {ABC}\n             Got        a52d159f")),
        "{text}"
    );
    assert!(text.contains("abc-1.0.tar.gz"), "{text}");
    assert_eq!(server.seen().len(), 1, "wrong content is not asked for again");
}

#[test]
fn sizes_other_than_declared_are_refused() {
    let server = Server::start(|_, _| Answer::ok(&[b'x'; 1000]));
    for size in [10, 2000] {
        let wanted = Artifact {
            size: Some(size),
            ..artifact(server.url("/x"))
        };
        let error = Sandbox::plain().fetch(&wanted).unwrap_err();
        assert!(
            matches!(error, FetchError::Size { expected, .. } if expected == size),
            "{error}"
        );
    }
}

#[test]
fn passing_failures_are_repeated() {
    let server = Server::start(|_, before| match before {
        0 => Answer::new(503, &[("Retry-After", "0")], b""),
        _ => Answer::ok(b"abc"),
    });
    assert!(Sandbox::plain().fetch(&artifact(server.url("/x"))).is_ok());
    assert_eq!(server.seen().len(), 2);

    let torn = Server::start(|_, before| match before {
        0 => Answer::new(200, &[("Content-Length", "3")], b"a"),
        _ => Answer::ok(b"abc"),
    });
    assert_eq!(Sandbox::plain().fetch(&artifact(torn.url("/x"))).unwrap().size, 3);

    let down = Server::start(|_, _| Answer::status(500));
    let error = Sandbox::plain().fetch(&artifact(down.url("/x"))).unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 500, .. }), "{error}");
    assert_eq!(down.seen().len(), 2);
}

#[test]
fn final_failures_are_not_repeated() {
    let server = Server::start(|_, _| Answer::status(404));
    let url = with_userinfo(server.url("/gone"), "me", Some(SECRET));
    let error = Sandbox::plain().fetch(&artifact(url)).unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 404, .. }), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn silence_is_cut_by_the_timeout() {
    let server = Server::start(|_, _| {
        thread::sleep(Duration::from_millis(600));
        Answer::ok(b"late")
    });
    let options = NetworkOptions {
        retries: Some(0),
        timeout: Some(Duration::from_millis(100)),
        ..NetworkOptions::default()
    };
    let sandbox = Sandbox::new(options, Credentials::default());
    let error = sandbox.fetch(&artifact(server.url("/x"))).unwrap_err();
    assert!(matches!(error, FetchError::Connection { .. }), "{error}");
}

#[test]
fn digests_of_other_algorithms_are_left_to_pip() {
    let wanted = Artifact {
        hashes: [("md5", "00")].into_iter().collect(),
        ..artifact(Url::parse("http://host.invalid/x").unwrap())
    };
    let error = Sandbox::plain().fetch(&wanted).unwrap_err();
    assert!(
        matches!(
            error,
            FetchError::NeedsPip {
                reason: PipReason::Hash(_),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn unreachable_servers_and_strange_schemes_are_errors() {
    let gone = Server::start(|_, _| Answer::status(200)).url("/x");
    let error = Sandbox::plain()
        .fetch(&artifact(with_userinfo(gone, SECRET, None)))
        .unwrap_err();
    assert!(matches!(error, FetchError::Connection { .. }), "{error}");
    let strange = Url::parse(&format!("git+ssh://{SECRET}@host/x")).unwrap();
    let error = Sandbox::plain().fetch(&artifact(strange)).unwrap_err();
    assert!(matches!(error, FetchError::Scheme { .. }), "{error}");
}

#[test]
fn small_files_are_read_with_their_type_and_limit() {
    let server = Server::start(|_, _| Answer::new(200, &[("Content-Type", "text/plain; charset=utf-8")], b"abc"));
    let fetcher = Sandbox::plain().fetcher;
    let body = fetcher.read(&server.url("/r.txt"), 3).unwrap();
    assert_eq!(body.bytes, b"abc");
    assert_eq!(body.content_type.as_deref(), Some("text/plain; charset=utf-8"));
    assert!(matches!(
        fetcher.read(&server.url("/r.txt"), 2),
        Err(FetchError::TooLarge { .. })
    ));
}

#[test]
fn a_batch_answers_in_order_and_survives_what_is_only_missing() {
    let server = Server::start(|seen, _| match seen.target.as_str() {
        "/3" => Answer::status(404),
        path => Answer::ok(path.as_bytes()),
    });
    let sandbox = Sandbox::plain();
    let downloads: Vec<Download> = (0..20)
        .map(|number| Download {
            artifact: artifact(server.url(&format!("/{number}"))),
            into: sandbox.folder.path().join(number.to_string()),
        })
        .collect();
    let results = sandbox.fetcher.fetch_all(&downloads, &Silent);
    for (number, result) in results.iter().enumerate() {
        let path = &downloads[number].into;
        assert_eq!(result.is_ok(), number != 3);
        assert_eq!(
            std::fs::read_to_string(path).ok(),
            (number != 3).then(|| format!("/{number}"))
        );
    }
}

#[test]
fn wrong_content_stops_the_batch() {
    let server = Server::start(|seen, _| {
        if seen.target != "/0" {
            thread::sleep(Duration::from_millis(300));
        }
        Answer::ok(b"abc")
    });
    let sandbox = Sandbox::plain();
    let downloads: Vec<Download> = (0..40)
        .map(|number| Download {
            artifact: Artifact {
                hashes: if number == 0 { sha256("00") } else { Hashes::default() },
                ..artifact(server.url(&format!("/{number}")))
            },
            into: sandbox.folder.path().join(number.to_string()),
        })
        .collect();
    let results = sandbox.fetcher.fetch_all(&downloads, &Silent);
    assert!(matches!(results[0], Err(FetchError::Hash { .. })));
    assert!(matches!(results[39], Err(FetchError::Stopped)));
    for (download, result) in downloads.iter().zip(&results) {
        assert_eq!(download.into.exists(), result.is_ok());
    }
}
