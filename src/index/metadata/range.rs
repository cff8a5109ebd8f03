//! Reading a part of a file from a server.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use reqwest::header::{CONTENT_RANGE, RANGE};
use url::Url;

use crate::index::Fetcher;
use crate::index::request::Ask;
use crate::wheel::{Filename, skim_metadata};

/// What is asked for first: enough for the directory of most wheels, and often for METADATA as well.
const TAIL: u64 = 32 << 10;
/// A wheel of which more than this would be needed is fetched as a whole.
const MOST: u64 = 16 << 20;
/// No part of a zip file that matters ends before this.
const LEAST: u64 = 128;

/// METADATA of the wheel at `url`; `None` where its server does not serve parts, or what comes cannot be trusted to be one.
pub(super) fn metadata(fetcher: &Fetcher, url: &Url, filename: &Filename, scratch: &Path) -> Option<Vec<u8>> {
    let source = Source { fetcher, url };
    let (tail, length) = source.tail()?;
    let start = length
        .checked_sub(tail.len() as u64)
        .filter(|_| tail.len() as u64 >= LEAST.min(length))?;
    let file = tempfile::tempfile_in(scratch).ok()?;
    file.set_len(length).ok()?;
    file.write_all_at(&tail, start).ok()?;
    let mut bring = |file: &File, wanted: Range<u64>| -> io::Result<()> {
        let missing = wanted.start..wanted.end.min(start);
        if missing.is_empty() {
            return Ok(());
        }
        let bytes = source.part(missing.clone(), length);
        file.write_all_at(&bytes.ok_or(io::ErrorKind::UnexpectedEof)?, missing.start)
    };
    skim_metadata(filename, file, &mut bring).ok()
}

struct Source<'a> {
    fetcher: &'a Fetcher,
    url: &'a Url,
}

impl Source<'_> {
    /// The last bytes of the file, and its length.
    fn tail(&self) -> Option<(Vec<u8>, u64)> {
        let (bytes, range, length) = self.ask(&format!("bytes=-{TAIL}"), TAIL)?;
        (range.end == length && length > 0).then_some((bytes, length))
    }

    /// Some bytes of a file of this length.
    fn part(&self, range: Range<u64>, length: u64) -> Option<Vec<u8>> {
        let size = range.end.checked_sub(range.start).filter(|size| *size <= MOST)?;
        let (bytes, got, total) = self.ask(&format!("bytes={}-{}", range.start, range.end - 1), size)?;
        (got == range && total == length).then_some(bytes)
    }

    /// What came of a range request: the bytes, where they lie, and the length of the file.
    fn ask(&self, range: &str, limit: u64) -> Option<(Vec<u8>, Range<u64>, u64)> {
        let answer = self.fetcher.ask(self.url, &Ask::bytes().with(RANGE, range), limit).ok()?;
        let (range, length) = content_range(answer.header(&CONTENT_RANGE)?)?;
        let whole = answer.status == 206 && answer.body.len() as u64 == range.end - range.start && range.end <= length;
        whole.then_some((answer.body, range, length))
    }
}

/// Parses `bytes 0-99/1234` (RFC 9110).
fn content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, length) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let range = first..last.checked_add(1)?;
    (!range.is_empty()).then_some((range, length.parse().ok()?))
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn ranges_are_read_strictly() {
        assert_eq!(content_range("bytes 0-99/1234"), Some((0..100, 1234)));
        for text in [
            "bytes */1234",
            "bytes 0-99/*",
            "bytes 9-0/10",
            "0-99/1234",
            "bytes 0-18446744073709551615/1",
        ] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }
}
