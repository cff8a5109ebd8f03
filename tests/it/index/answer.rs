//! What the index answers when nothing is wrong with it.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::page::{self, Page};
use super::server::header;
use super::{Failure, PageForm, Ranges, State};
use crate::artifact::sha256;

const JSON: &str = "application/vnd.pypi.simple.v1+json";

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
    /// How much of the body is sent before the connection is closed.
    pub(super) sent: usize,
}

impl Answer {
    fn set(&mut self, body: Vec<u8>) {
        self.sent = body.len();
        self.body = body;
    }
}

pub(super) fn plain(status: u16, body: Vec<u8>) -> Answer {
    Answer {
        status,
        headers: "Content-Type: text/plain\r\n".to_owned(),
        sent: body.len(),
        body,
    }
}

/// The answer to a request for `path`.
pub(super) fn to(state: &State, path: &str, head: &[String]) -> Answer {
    if let Some((_, status)) = state.failing.iter().find(|(start, _)| path.starts_with(*start)) {
        return plain(*status, b"as told".to_vec());
    }
    if let Some((start, target)) = state.moved.iter().find(|(start, _)| path.starts_with(*start)) {
        let mut answer = plain(302, Vec::new());
        write!(answer.headers, "Location: {target}{}\r\n", &path[start.len()..]).unwrap();
        return answer;
    }
    let accepts = |name: &str, what: &str| header(head, name).is_some_and(|value| value.contains(what));
    let form = if accepts("accept", JSON) { state.form } else { PageForm::Html };
    let (kind, body) = match page::find(state, path, form) {
        Page::Missing => return plain(404, b"no such page".to_vec()),
        Page::Html(html) => (
            "text/html",
            format!("<!DOCTYPE html><html><body>\n{html}</body></html>\n").into_bytes(),
        ),
        Page::Json(json) => (JSON, json.to_string().into_bytes()),
        Page::File(bytes) => return file(state, head, bytes),
    };
    let mut answer = validated(head, kind, body);
    if answer.status == 200 && accepts("accept-encoding", "gzip") {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&answer.body).unwrap();
        answer.set(encoder.finish().unwrap());
        answer.headers.push_str("Content-Encoding: gzip\r\n");
    }
    answer
}

/// The body, or that whoever asks has it already.
fn validated(head: &[String], kind: &str, body: Vec<u8>) -> Answer {
    let tag = format!("\"{}\"", &sha256(&body)[..16]);
    let mut answer = if header(head, "if-none-match") == Some(&tag) {
        plain(304, Vec::new())
    } else {
        plain(200, body)
    };
    answer.headers = format!("Content-Type: {kind}\r\nETag: {tag}\r\n");
    answer
}

fn file(state: &State, head: &[String], bytes: Vec<u8>) -> Answer {
    let mut answer = validated(head, "application/octet-stream", bytes);
    if answer.status == 200 {
        match state.failure {
            Failure::CorruptFiles => answer.body.iter_mut().for_each(|byte| *byte ^= 0x55),
            Failure::TruncatedFiles => answer.sent /= 2,
            _ if state.ranges == Ranges::Served => cut(&mut answer, header(head, "range")),
            _ => {}
        }
    }
    answer
}

/// Leaves the part of a file that was asked for, `bytes=-9`, `bytes=5-` or `bytes=5-9`.
fn cut(answer: &mut Answer, range: Option<&str>) {
    answer.headers.push_str("Accept-Ranges: bytes\r\n");
    let length = answer.body.len();
    let Some((first, last)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return;
    };
    let (start, end) = match (first, last) {
        ("", last) => (length.saturating_sub(last.parse().unwrap()), length),
        (first, "") => (first.parse().unwrap(), length),
        (first, last) => (first.parse().unwrap(), length.min(last.parse::<usize>().unwrap() + 1)),
    };
    let part = answer.body[start..end].to_vec();
    answer.set(part);
    answer.status = 206;
    write!(answer.headers, "Content-Range: bytes {start}-{}/{length}\r\n", end - 1).unwrap();
}
