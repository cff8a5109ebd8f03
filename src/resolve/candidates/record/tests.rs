use super::super::{RequiresPython, Rules};
use super::*;
use crate::index::simple::{Listing, Source};
use crate::requirements::Search;

fn record(links: Vec<Link>) -> ListingRecord {
    let listing = Listing {
        place: "https://host/demo/".into(),
        order: 3,
        source: Source::Index,
        links: links.into(),
    };
    let rules = Rules {
        search: &Search::default(),
        tags: &["py3-none-any"].into_iter().collect(),
        python: (3, 11, 7),
        requires_python: RequiresPython::Respected,
        uploaded_prior_to: None,
    };
    Offered::new(&"demo".parse().unwrap(), &[listing], &rules).unwrap().record(3)
}

fn links(names: &[&str]) -> Vec<Link> {
    names
        .iter()
        .map(|name| Link::plain(&format!("https://host/{name}")))
        .collect()
}

const NAMES: [&str; 4] = [
    "demo-5.2.18.zip",
    "demo-5.2.19.zip",
    "demo-5.2.19-py3-none-any.whl",
    "demo-5.3rc1.zip",
];

/// What becomes of the usual listing when its links are changed.
fn after(change: impl FnOnce(&mut Vec<Link>)) -> Vec<String> {
    let mut changed = links(&NAMES);
    change(&mut changed);
    let differences = compare(&record(links(&NAMES)), &record(changed));
    differences.iter().map(ToString::to_string).collect()
}

#[test]
fn differences_are_named() {
    assert_eq!(
        after(|links| links.extend(self::links(&["demo-5.2.20.zip"]))),
        ["5.2.20 appeared"]
    );
    assert_eq!(after(|links| links.truncate(3)), ["5.3rc1 vanished"]);
    assert_eq!(after(|links| links[0].yanked = Some("".into())), ["5.2.18 was yanked"]);
    assert_eq!(
        after(|links| links[1].yanked = Some("".into())),
        ["the files of 5.2.19 changed"]
    );
    assert_eq!(
        after(|links| links[1].requires_python = Some(">=3".into())),
        ["the files of 5.2.19 changed"]
    );
    assert_eq!(
        after(|links| links[1].metadata = MetadataFile::Unhashed),
        ["the files of 5.2.19 changed"]
    );
    let mut yanked = links(&NAMES);
    yanked[0].yanked = Some("".into());
    assert_eq!(
        compare(&record(yanked), &record(links(&NAMES))),
        [Difference::Restored("5.2.18".into())]
    );
}

#[test]
fn what_changes_no_answer_is_no_difference() {
    assert!(after(|_| ()).is_empty());
    assert!(after(|links| links.reverse()).is_empty());
    assert!(after(|links| links.extend(self::links(&["demo-6-cp312-cp312-linux_x86_64.whl", "other-1.zip"]))).is_empty());
}

#[test]
fn the_order_of_equal_files_is_a_difference_without_a_name() {
    let (zip, tar) = ("demo-1.zip", "demo-1.tar.gz");
    let differences = compare(&record(links(&[zip, tar])), &record(links(&[tar, zip])));
    assert_eq!(differences.len(), 1);
}

#[test]
fn credentials_and_fresh_signatures_are_no_difference() {
    let at = |address: &str, digest: Option<&str>| {
        let mut link = Link::plain(address);
        link.digests = digest.iter().map(|digest| ("sha256", *digest)).collect();
        record(vec![link])
    };
    let plain = at("https://host/demo-1.zip", Some("aa"));
    assert_eq!(at("https://me:pw@host/demo-1.zip?sig=1", Some("aa")), plain);
    assert_ne!(at("https://host/demo-1.zip", Some("bb")), plain);
    assert_ne!(
        at("https://host/demo-1.zip?sig=1", None),
        at("https://host/demo-1.zip?sig=2", None)
    );
    assert_ne!(at("https://mirror/demo-1.zip", Some("aa")), plain);
}

#[test]
fn a_version_costs_a_few_bytes() {
    let names: Vec<_> = (0..2000)
        .map(|number| format!("demo-1.{}.{}.zip", number / 150, number % 150))
        .collect();
    let record = record(links(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(files_of(&record).len(), 2000);
    assert!(record.versions.len() < 2000 * 8, "{} bytes", record.versions.len());
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<ListingRecord>(&json).unwrap(), record);
}

proptest::proptest! {
    #[test]
    fn a_damaged_record_is_survived(versions in "[A-Za-z0-9:.+_-]{0,40}|\\PC{0,20}") {
        let damaged = ListingRecord { digest: String::new(), versions };
        let _ = compare(&damaged, &record(links(&NAMES)));
    }
}
