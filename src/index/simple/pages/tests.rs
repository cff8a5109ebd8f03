use std::collections::BTreeMap;

use tempfile::TempDir;

use super::*;
use crate::index::test_server::{Answer, Seen as Asked, Server};
use crate::index::{Credentials, Netrc, Network, NetworkOptions};
use crate::key::{PageKey, Sha256};

const NOW: u64 = 1_700_000_000;
const TOKEN: &str = "s3cr3tt0k3n";
const HTML: &[u8] = b"<a href='../demo-1.0.zip'>x</a>";

/// A store, as far as pages know it.
struct Store(TempDir);

impl Shelf for Store {
    fn page(&self, key: PageKey) -> PathBuf {
        self.0.path().join(format!("{key}.page"))
    }

    fn metadata(&self, wheel: Sha256) -> PathBuf {
        self.0.path().join(wheel.to_string())
    }

    fn staging(&self) -> Option<PathBuf> {
        Some(self.0.path().to_owned())
    }

    fn note_damage(&self, path: &Path, _: &str) {
        fs::remove_file(path).unwrap();
    }
}

impl Store {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// All files, and what is in them.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect()
    }
}

fn fetcher(indexes: &[Url]) -> Fetcher {
    let options = NetworkOptions {
        retries: Some(1),
        ..NetworkOptions::default()
    };
    let network = Network::new(options, &BTreeMap::new(), "test".to_owned());
    Fetcher::new(network, Credentials::new(indexes.to_vec(), Vec::new(), Netrc::default()))
}

/// One run over some indexes.
fn offered(store: &Store, indexes: &[Url], freshness: Freshness, now: u64) -> Result<Offered, PagesError> {
    let fetcher = fetcher(indexes);
    let indexes: Vec<String> = indexes.iter().map(ToString::to_string).collect();
    let keeping = Keeping {
        shelf: store,
        freshness,
        now,
    };
    let pages = Pages::new(&fetcher, Places::new(&[], &indexes, Path::new("/")), keeping);
    pages.listings(&"demo".parse().unwrap())
}

fn revalidated(store: &Store, index: &Url) -> Offered {
    offered(store, std::slice::from_ref(index), Freshness::Revalidate, NOW).unwrap()
}

fn addresses(offered: &Offered) -> Vec<String> {
    let links = offered.listings.iter().flat_map(|listing| listing.links.iter());
    links.map(|link| link.address().to_owned()).collect()
}

fn html(body: &[u8], headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Content-Type", "text/html")];
    all.extend_from_slice(headers);
    Answer::new(200, &all, body)
}

/// Answers 304 to whoever knows the tag.
fn tagged(seen: &Asked, _: usize) -> Answer {
    match seen.header("if-none-match") {
        Some("\"x\"") => Answer::new(304, &[("ETag", "\"x\"")], b""),
        _ => html(HTML, &[("ETag", "\"x\"")]),
    }
}

#[test]
fn what_has_not_changed_is_neither_fetched_nor_parsed_again() {
    let (server, store) = (Server::start(tagged), Store::new());
    let index = server.url("/simple");
    let first = addresses(&revalidated(&store, &index));
    assert_eq!(first, [server.url("/simple/demo-1.0.zip").to_string()]);
    assert_eq!(addresses(&revalidated(&store, &index)), first);
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].target, "/simple/demo/");
    assert_eq!(seen[0].header("accept"), Some(crate::index::simple::page::ACCEPT));
    assert_eq!(seen[1].header("if-none-match"), Some("\"x\""));
}

#[test]
fn ages_and_being_offline_spare_the_request() {
    let (server, store) = (Server::start(tagged), Store::new());
    let index = server.url("/simple/");
    let ask = |freshness, now| offered(&store, std::slice::from_ref(&index), freshness, now);
    let error = ask(Freshness::Offline, NOW).unwrap_err();
    assert!(matches!(error, PagesError::Offline { .. }), "{error}");
    revalidated(&store, &index);
    let hour = Freshness::Within(std::time::Duration::from_hours(1));
    assert_eq!(ask(hour, NOW + 3600).unwrap().listings.len(), 1);
    assert_eq!(ask(Freshness::Offline, NOW + 99_999).unwrap().listings.len(), 1);
    assert_eq!(server.seen().len(), 1);
    ask(hour, NOW + 3601).unwrap();
    assert_eq!(server.seen().len(), 2, "older than was allowed");
    ask(hour, NOW + 7201).unwrap();
    assert_eq!(server.seen().len(), 2, "the confirmation counts");
    ask(hour, NOW - 1).unwrap();
    assert_eq!(server.seen().len(), 3, "a page from the future is of unknown age");
}

#[test]
fn damaged_entries_are_asked_for_anew_and_healed() {
    let (server, store) = (Server::start(tagged), Store::new());
    let index = server.url("/simple");
    revalidated(&store, &index);
    let (path, mut bytes) = store.files().remove(0);
    let sound = bytes.clone();
    bytes[40] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(revalidated(&store, &index).listings.len(), 1);
    assert_eq!(server.seen()[1].header("if-none-match"), None);
    assert_eq!(fs::read(path).unwrap(), sound);
}

#[test]
fn a_page_that_moved_is_read_anew() {
    let server = Server::start(|seen, before| match (seen.target.as_str(), before) {
        ("/simple/demo/", 0) => Answer::redirect("/old/demo/"),
        ("/simple/demo/", _) => Answer::redirect("/new/demo/"),
        _ => tagged(seen, before),
    });
    let (store, index) = (Store::new(), server.url("/simple"));
    assert_eq!(
        addresses(&revalidated(&store, &index)),
        [server.url("/old/demo-1.0.zip").to_string()]
    );
    assert_eq!(
        addresses(&revalidated(&store, &index)),
        [server.url("/new/demo-1.0.zip").to_string()]
    );
}

#[test]
fn failing_indexes_are_passed_over_in_their_order() {
    let server = Server::start(|seen, _| match seen.target.split('/').nth(1) {
        Some("gone") => Answer::status(404),
        Some("down") => Answer::new(503, &[("Retry-After", "0")], b""),
        Some("text") => Answer::new(200, &[("Content-Type", "text/plain")], b"hello"),
        _ => html(HTML, &[]),
    });
    let store = Store::new();
    let mut indexes: Vec<Url> = ["/gone", "/a", "/down", "/text", "/b"].map(|path| server.url(path)).to_vec();
    indexes.push(Url::parse("http://insecure.invalid/simple").unwrap());
    indexes.push(Server::start(|_, _| Answer::status(500)).url("/closed"));
    let answer = offered(&store, &indexes, Freshness::Revalidate, NOW).unwrap();
    let places: Vec<&str> = answer.listings.iter().map(|listing| listing.place.as_str()).collect();
    assert_eq!(places, [server.url("/a/demo/").as_str(), server.url("/b/demo/").as_str()]);
    let orders: Vec<usize> = answer.listings.iter().map(|listing| listing.order).collect();
    assert_eq!(orders, [0, 1]);
    let reasons: Vec<String> = answer.passed_over.iter().map(ToString::to_string).collect();
    for (reason, part) in reasons
        .iter()
        .zip(["404", "503", "text/plain", "--trusted-host", "could not get"])
    {
        assert!(reason.contains(part), "{reason}");
    }
    assert_eq!(answer.passed_over.iter().filter(|place| place.is_absent()).count(), 1);
    // That a page is absent is kept: with some indexes this is what they say of most projects.
    let offline = offered(&store, &indexes[..2], Freshness::Offline, NOW).unwrap();
    assert!(offline.listings.len() == 1 && offline.passed_over[0].is_absent());
}

#[test]
fn pages_over_which_pip_stumbles_are_errors() {
    let server = Server::start(|_, _| Answer::new(200, &[("Content-Type", "application/vnd.pypi.simple.v1+json")], b"{"));
    let error = offered(&Store::new(), &[server.url("/")], Freshness::Revalidate, NOW).unwrap_err();
    assert!(matches!(error, PagesError::Page { .. }), "{error}");
}

#[test]
fn nothing_secret_is_kept() {
    let signed = format!("<a href='/demo-1.0.zip?sig={TOKEN}'>x</a>");
    let within = format!("<a href='http://me:{TOKEN}@host/demo-1.0.zip'>x</a>");
    let server = Server::start(move |seen, _| match seen.target.split('/').nth(1) {
        Some("signed") => html(signed.as_bytes(), &[]),
        Some("within") => html(within.as_bytes(), &[]),
        _ => html(HTML, &[]),
    });
    let store = Store::new();
    for path in ["/signed", "/within"] {
        assert_eq!(revalidated(&store, &server.url(path)).listings.len(), 1);
    }
    let mut unnamed = server.url("/unnamed");
    unnamed.set_username(TOKEN).unwrap();
    revalidated(&store, &unnamed);
    assert!(store.files().is_empty());
    let mut named = server.url("/named");
    named.set_username("me").unwrap();
    named.set_password(Some(TOKEN)).unwrap();
    let shown = format!("{:?}", revalidated(&store, &named));
    assert!(!shown.contains(TOKEN) && shown.contains("demo-1.0.zip"), "{shown}");
    let files = store.files();
    assert_eq!(files.len(), 1);
    assert!(!files[0].1.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()));
    // Another user is not served what this one saw.
    named.set_username("you").unwrap();
    let offline = offered(&store, &[named], Freshness::Offline, NOW);
    assert!(matches!(offline, Err(PagesError::Offline { .. })));
}

#[test]
fn a_burst_asks_for_every_page_once() {
    let (server, store) = (Server::start(tagged), Store::new());
    let index = server.url("/simple");
    let fetcher = fetcher(std::slice::from_ref(&index));
    let keeping = Keeping {
        shelf: &store,
        freshness: Freshness::Revalidate,
        now: NOW,
    };
    let pages = Pages::new(&fetcher, Places::new(&[], &[index.to_string()], Path::new("/")), keeping);
    let names: Vec<PackageName> = (0..40).map(|number| format!("p{number}").parse().unwrap()).collect();
    thread::scope(|scope| {
        scope.spawn(|| pages.prefetch(&names));
        for name in &names {
            assert_eq!(pages.listings(name).unwrap().listings.len(), 1);
        }
    });
    assert_eq!(server.seen().len(), names.len());
}

#[test]
fn found_files_come_first_and_the_last_first() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    fs::create_dir_all(path("a/b")).unwrap();
    for file in [
        "a/demo-1.0.zip",
        "a/demo-1.0-py3-none-any.whl",
        "a/other-1.0.zip",
        "a/demo.txt",
        "a/b/demo-1.0.zip",
    ] {
        fs::write(path(file), "").unwrap();
    }
    fs::write(path("a/page.html"), "<base href='http://host/'><a href='demo-2.0.zip'>").unwrap();
    let fetcher = fetcher(&[]);
    let store = Store::new();
    let keeping = Keeping {
        shelf: &store,
        freshness: Freshness::Offline,
        now: NOW,
    };
    let found = ["a", "a/b", "no"].map(str::to_owned);
    let pages = Pages::new(&fetcher, Places::new(&found, &["a".to_owned()], root.path()), keeping);
    let offered = pages.listings(&"demo".parse().unwrap()).unwrap();
    let url = |name: &str| Url::from_file_path(path(name)).unwrap().to_string();
    let expected = [
        url("a/demo-1.0.zip"),
        url("a/demo-1.0-py3-none-any.whl"),
        url("a/b/demo-1.0.zip"),
        "http://host/demo-2.0.zip".to_owned(),
    ];
    assert_eq!(addresses(&offered), expected);
    let sources: Vec<Source> = offered.listings.iter().map(|listing| listing.source).collect();
    assert_eq!(sources, [Source::FoundFiles, Source::FoundFiles, Source::FoundPage]);
    assert_eq!(offered.passed_over.len(), 2, "{:?}", offered.passed_over);
}
