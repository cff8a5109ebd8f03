use proptest::prelude::*;

use super::super::{Digests, Link, MetadataFile, Uploaded};
use super::form::TRAILER;
use super::*;
use crate::index::Identity;

fn header() -> Header {
    Header {
        url: "https://host/simple/demo/".to_owned(),
        identity: Identity::User("me".to_owned()),
        found: "https://host/simple/demo/".to_owned(),
        outcome: Outcome::Listed,
        etag: Some("\"x\"".to_owned()),
        last_modified: None,
        body: "00".repeat(32),
        checked: 1_700_000_000,
    }
}

fn digests() -> impl Strategy<Value = Digests> {
    let algorithm = prop_oneof![Just("sha256".to_owned()), Just("md5".to_owned()), "[a-z]{1,3}"];
    proptest::collection::vec((algorithm, "([0-9a-f]{2}){0,40}|[ -~]{0,9}"), 0..3).prop_map(|pairs| pairs.into_iter().collect())
}

fn link() -> impl Strategy<Value = Link> {
    let text = || proptest::option::of("[ -~]{0,9}");
    let metadata = prop_oneof![
        Just(MetadataFile::Absent),
        Just(MetadataFile::Unhashed),
        digests().prop_map(MetadataFile::Hashed)
    ];
    let rest = (text(), text(), metadata, any::<Option<i64>>(), any::<Option<u64>>());
    ("https://host/[a-z%2B/]{0,20}(#[a-z=]{0,5})?", digests(), rest).prop_map(|(address, digests, rest)| {
        let mut link = Link::plain(&address);
        link.digests = digests;
        link.requires_python = rest.0.map(Into::into);
        link.yanked = rest.1.map(Into::into);
        link.metadata = rest.2;
        link.uploaded = rest.3.map(Uploaded::from_micros);
        link.size = rest.4;
        link
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(links in proptest::collection::vec(link(), 0..8)) {
        let bytes = encode(&header(), &links);
        prop_assert_eq!(decode(&bytes), Some((header(), links)));
    }

    #[test]
    fn any_change_is_noticed(links in proptest::collection::vec(link(), 1..3), at in any::<usize>(), bit in 0..8) {
        let mut bytes = encode(&header(), &links);
        let at = at % bytes.len();
        bytes[at] ^= 1_u8 << bit;
        prop_assert_eq!(decode(&bytes), None);
        prop_assert_eq!(decode(&bytes[..at]), None);
    }

    /// As if somebody had made the trailer fit.
    #[test]
    fn hostile_entries_are_survived(links in proptest::collection::vec(link(), 1..3), at in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = encode(&header(), &links);
        let content = bytes.len() - TRAILER;
        bytes[at % content] = byte;
        let digest = blake3::hash(&bytes[..content]);
        bytes[content..].copy_from_slice(digest.as_bytes());
        let _ = decode(&bytes);
    }
}

#[test]
fn a_large_page_stays_compact() {
    let links: Vec<Link> = (0..2000)
        .map(|number| {
            let digest = format!("{number:064x}");
            let path = format!(
                "https://files.host.invalid/packages/{}/{}/{}",
                &digest[..2],
                &digest[2..4],
                &digest[4..]
            );
            let mut link = Link::plain(&format!("{path}/demo-1.0.{number}-py3-none-any.whl"));
            link.digests = [("sha256", &digest)].into_iter().collect();
            link.metadata = MetadataFile::Hashed([("sha256", &digest)].into_iter().collect());
            link.requires_python = Some(">=3.8".into());
            link.uploaded = Some(Uploaded::from_micros(number));
            link.size = Some(123_456);
            link
        })
        .collect();
    let bytes = encode(&header(), &links);
    assert!(bytes.len() < 250 * links.len(), "{}", bytes.len());
    assert_eq!(decode(&bytes), Some((header(), links)));
}
