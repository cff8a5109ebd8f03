//! The index client over the loopback index, and beside pip.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pep508_rs::PackageName;
use snapenv::index::metadata::{Means, MetadataReader};
use snapenv::index::simple::{Freshness, Keeping, Link, Offered, Pages, PagesError, Places, Shelf};
use snapenv::index::{Credentials, Fetcher, Netrc, Network, NetworkOptions};
use snapenv::key::{PageKey, Sha256};
use snapenv::report::Silent;
use snapenv::store::Layout;
use url::Url;

use crate::index::{Index, MetadataFiles, PageForm, Ranges};
use crate::interpreters;
use crate::live;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::wheel_builder::WheelBuilder;

/// What the live test reads.
const PUBLIC: [&str; 6] = ["boto3", "django", "numpy", "pytz", "pywin32", "zope-interface"];

/// A store's folders.
struct Store(Layout);

impl Shelf for Store {
    fn page(&self, key: PageKey) -> PathBuf {
        self.0.index_page(key)
    }

    fn metadata(&self, wheel: Sha256) -> PathBuf {
        self.0.metadata(wheel)
    }

    fn staging(&self) -> Option<PathBuf> {
        Some(self.0.staging())
    }

    fn note_damage(&self, path: &Path, _: &str) {
        fs::remove_file(path).unwrap();
    }
}

/// What a run has: a store and credentials.
struct World {
    store: Store,
    fetcher: Fetcher,
    root: tempfile::TempDir,
}

impl World {
    fn new(indexes: &[String]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let layout = Layout::new(&root.path().join("cache"));
        fs::create_dir_all(layout.staging()).unwrap();
        let urls = indexes.iter().map(|index| Url::parse(index).unwrap()).collect();
        let options = NetworkOptions {
            retries: Some(0),
            ..NetworkOptions::default()
        };
        let network = Network::new(options, &std::collections::BTreeMap::new(), "test".to_owned());
        Self {
            store: Store(layout),
            fetcher: Fetcher::new(network, Credentials::new(urls, Vec::new(), Netrc::default())),
            root,
        }
    }

    /// One run's answer about `demo`.
    fn offered(&self, indexes: &[String], freshness: Freshness) -> Result<Offered, PagesError> {
        let keeping = Keeping {
            shelf: &self.store,
            freshness,
            now: 1_700_000_000,
        };
        let pages = Pages::new(&self.fetcher, Places::new(&[], indexes, Path::new("/")), keeping);
        let demo: PackageName = "demo".parse().unwrap();
        pages.prefetch(std::slice::from_ref(&demo));
        pages.listings(&demo)
    }

    fn means(&self, link: &Link) -> Means {
        let reader = MetadataReader::new(&self.fetcher, &self.store, self.root.path(), &Silent);
        let described = reader.of_wheel(link).unwrap();
        assert_eq!(described.metadata.requires_dist, ["helper"]);
        described.means
    }
}

fn links(offered: &Offered) -> Vec<Link> {
    offered
        .listings
        .iter()
        .flat_map(|listing| listing.links.iter().cloned())
        .collect()
}

/// The links that pip's log names, with what it says of Requires-Python.
fn seen_by_pip(index: &str) -> BTreeSet<String> {
    log_of_pip(&Sandbox::with_empty_store(), &["-i", index, "demo"])
}

fn log_of_pip(sandbox: &Sandbox, what: &[&str]) -> BTreeSet<String> {
    let python = &interpreters::usual().executable;
    let fixed = ["-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "-vvv"];
    let log = sandbox.run(python, fixed.iter().chain(what)).output();
    let link = |line: &str| {
        let line = line.trim();
        let named = line.starts_with("Found link ") || line.starts_with("Skipping link: ");
        // A reason may stand before it, colons and all.
        let (at, address) = line
            .split(' ')
            .filter(|_| named)
            .enumerate()
            .find(|(_, word)| word.contains("://"))?;
        let rest = line.splitn(at + 1, ' ').last()?;
        let python = rest
            .split_once("(requires-python:")
            .map_or("", |(_, rest)| rest.split(')').next().unwrap_or(rest));
        Some(format!("{address} {python}"))
    };
    // An index's page is also tried as if it were a file.
    let itself = |line: &&str| line.trim().starts_with("Skipping link: not a file:") && line.trim_end().ends_with('/');
    log.lines().filter(|line| !itself(line)).filter_map(link).collect()
}

fn seen_by_us(offered: &Offered) -> BTreeSet<String> {
    let line = |link: Link| format!("{} {}", link.address(), link.requires_python.as_deref().unwrap_or_default());
    links(offered).into_iter().map(line).collect()
}

/// An index in a folder, whose page for `demo` is `html`.
fn folder_index(root: &Path, html: &str) -> String {
    let folder = root.join("an index").join("demo");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("index.html"), html).unwrap();
    Url::from_file_path(folder.parent().unwrap()).unwrap().to_string()
}

#[test]
fn odd_pages_are_read_as_pip_reads_them() {
    let pages = [
        "<A HREF='../../f/demo-1.0.tar.gz#sha256=ab'\r\n DATA-Requires-Python='&gt;=2.7, &lt;9'>x</A>\r\n<a href=demo-1.1.zip?x=y&amp;z=1>\
         <a>1</a><a href>2</a><!-- <a href=demo-3.zip> --><script>'<a href=demo-4.zip>'</script><a href=demo-5.zip />\
         <a href=demo-6.zip href=demo-7.zip><a href='demo-8.0+local build.zip'><a href=\"demo-9%2B1.zip\"><a href='other-1.zip'>\
         <a href=//host.invalid/demo-10.zip><a href='https://host.invalid/a@b/demo-11!x.zip#egg=demo'><a href='demo-12.zip' data-yanked>\
         <a href='d\u{e9}mo-13.zip'><a href=demo-14.zip",
        "<html><head><base href='https://host.invalid/base/'><base href='https://no.invalid/'></head><a href=demo-1.zip><a href=/demo-2.zip>",
        "",
    ];
    for html in pages {
        let root = tempfile::tempdir().unwrap();
        let index = folder_index(root.path(), html);
        let world = World::new(&[]);
        let offered = world.offered(std::slice::from_ref(&index), Freshness::Revalidate).unwrap();
        assert_eq!(seen_by_us(&offered), seen_by_pip(&index), "{html}");
    }
}

#[test]
fn both_forms_of_a_page_say_what_pip_sees() {
    let index = Index::empty();
    index.publish(WheelBuilder::new("demo", "1.0").requires_python(">=3.6").build());
    index.publish(WheelBuilder::new("demo", "1.1+local").build().yanked("broken"));
    index.publish(SdistBuilder::new("demo", "0.9").build());
    let indexes = [index.url()];
    let mut seen = Vec::new();
    for form in [PageForm::Html, PageForm::Json] {
        index.speak(form);
        let offered = World::new(&indexes).offered(&indexes, Freshness::Revalidate).unwrap();
        let of_pip: BTreeSet<String> = seen_by_pip(&index.url());
        // Fragments are the digests of PEP 503, which stand elsewhere in PEP 691.
        assert_eq!(seen_by_us(&offered), of_pip, "{form:?}");
        seen.push(links(&offered));
    }
    let same = |link: &Link| {
        (
            link.filename.clone(),
            link.digests.clone(),
            link.yanked.clone(),
            link.metadata.clone(),
        )
    };
    let [html, json] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!(
        html.iter().map(same).collect::<Vec<_>>(),
        json.iter().map(same).collect::<Vec<_>>()
    );
    assert_eq!((html[0].size, html[0].uploaded), (None, None));
    assert!(json[0].size.is_some() && json[0].uploaded.is_some());
}

#[test]
fn an_unchanged_page_costs_one_conditional_request() {
    let index = Index::empty();
    index.publish(WheelBuilder::new("demo", "1.0").build());
    index.speak(PageForm::Json);
    let indexes = [index.url()];
    let world = World::new(&indexes);
    let first = links(&world.offered(&indexes, Freshness::Revalidate).unwrap());
    assert_eq!(links(&world.offered(&indexes, Freshness::Revalidate).unwrap()), first);
    assert_eq!(links(&world.offered(&indexes, Freshness::Offline).unwrap()), first);
    let log: Vec<u16> = index.take_requests().iter().map(|request| request.status).collect();
    assert_eq!(log, [200, 304]);
    index.publish(WheelBuilder::new("demo", "1.1").build());
    assert_eq!(links(&world.offered(&indexes, Freshness::Revalidate).unwrap()).len(), 2);
}

#[test]
fn an_index_that_moved_elsewhere_gets_no_credentials() {
    let (index, other) = (Index::empty(), Index::empty());
    other.publish(WheelBuilder::new("demo", "1.0").build());
    other.protect("robot", "t0ken");
    index.protect("robot", "t0ken");
    index.redirect(
        "/simple/demo/",
        &format!("{}demo/", other.url().replace("127.0.0.1", "localhost")),
    );
    let indexes = [index.url_as("robot", "t0ken")];
    let offered = World::new(&indexes).offered(&indexes, Freshness::Revalidate).unwrap();
    assert_eq!(offered.passed_over[0].refusal(), Some(401));
    assert!(!format!("{} {offered:?}", offered.passed_over[0]).contains("t0ken"));
    assert!(index.take_requests().iter().all(|request| request.authorized));
    assert!(other.take_requests().iter().all(|request| !request.authorized));
}

#[test]
fn a_failing_index_leaves_the_others() {
    let (index, other) = (Index::empty(), Index::empty());
    other.publish(WheelBuilder::new("demo", "1.0").build());
    index.fail_at("/simple/demo", 503);
    let indexes = [index.url(), other.url()];
    let offered = World::new(&indexes).offered(&indexes, Freshness::Revalidate).unwrap();
    assert_eq!((offered.listings.len(), offered.passed_over.len()), (1, 1));
    assert!(offered.passed_over[0].to_string().contains("503") && !offered.passed_over[0].is_absent());
}

#[test]
fn metadata_is_had_by_the_cheapest_means_that_works() {
    let wheel = || WheelBuilder::new("demo", "1.0").requires("helper");
    for (served, ranges, means) in [
        (MetadataFiles::Served, Ranges::Served, Means::Beside),
        (MetadataFiles::Absent, Ranges::Served, Means::Part),
        (MetadataFiles::Absent, Ranges::Ignored, Means::Whole),
    ] {
        let index = Index::empty();
        index.publish(wheel().build());
        index.metadata_files(served);
        index.ranges(ranges);
        let indexes = [index.url()];
        let world = World::new(&indexes);
        let link = links(&world.offered(&indexes, Freshness::Revalidate).unwrap()).remove(0);
        assert_eq!(world.means(&link), means);
        index.take_requests();
        assert_eq!(world.means(&link), Means::Kept);
        index.assert_not_asked();
    }
}

/// Versions that do not exist keep pip from downloading anything once it has said what it sees.
#[test]
fn pages_of_the_public_index_are_read_as_pip_reads_them() {
    if !live::enabled("simple::pages_of_the_public_index_are_read_as_pip_reads_them") {
        return;
    }
    let mut sandbox = Sandbox::with_empty_store();
    live::reach_the_index(&mut sandbox);
    let default = ["-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"];
    let index = std::env::var("PIP_INDEX_URL").unwrap_or_else(|_| {
        let run = sandbox.run(&interpreters::usual().executable, default);
        run.output().trim().to_owned()
    });
    let world = World::new(std::slice::from_ref(&index));
    let names: Vec<PackageName> = PUBLIC.iter().map(|name| name.parse().unwrap()).collect();
    for freshness in [Freshness::Revalidate, Freshness::Offline] {
        let keeping = Keeping {
            shelf: &world.store,
            freshness,
            now: 1_700_000_000,
        };
        let pages = Pages::new(
            &world.fetcher,
            Places::new(&[], std::slice::from_ref(&index), Path::new("/")),
            keeping,
        );
        pages.prefetch(&names);
        for name in &names {
            let of_pip = log_of_pip(&sandbox, &[&format!("{name}===none")]);
            let of_us = seen_by_us(&pages.listings(name).unwrap());
            assert!(of_us.len() > 10, "{name}");
            assert_eq!(of_us, of_pip, "{name}");
        }
    }
}
