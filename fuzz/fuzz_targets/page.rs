//! Pages of the simple repository API: whatever a server sends, reading it ends in links or in an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use snapenv::index::simple::Page;
use url::Url;

/// The first byte of the input chooses.
const TYPES: [&str; 4] = [
    "text/html",
    "text/html; charset=iso-8859-1",
    "application/vnd.pypi.simple.v1+html",
    "application/vnd.pypi.simple.v1+json",
];

fuzz_target!(|input: &[u8]| {
    let Some((kind, content)) = input.split_first() else { return };
    let Ok(url) = Url::parse("https://index.invalid/simple/demo/") else { return };
    let page = Page {
        url: &url,
        content_type: Some(TYPES[usize::from(*kind) % TYPES.len()]),
        content,
    };
    for link in page.links().unwrap_or_default() {
        assert!(!format!("{link:?}").is_empty());
        let _ = (link.url(), link.egg(), link.digests.sha256());
    }
});
