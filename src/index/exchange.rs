//! Asking for what is small enough to be read into memory, conditionally and compressed where that helps.

use std::io::Read;
use std::thread;

use flate2::read::MultiGzDecoder;
use reqwest::blocking::Response;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName};
use url::Url;

use super::client::Wire;
use super::fetcher::broken;
use super::request::{self, Ask};
use super::retry::{self, Failure};
use super::{FetchError, Fetcher, transfer};

/// An answer with its body.
#[derive(Debug)]
pub(super) struct Answer {
    /// Who answered in the end, without userinfo.
    pub(super) url: Url,
    pub(super) status: u16,
    headers: HeaderMap,
    /// The content, decompressed.
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// A header, where it is there and readable.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Ask {
    /// For something small that compresses well.
    pub(super) fn text() -> Self {
        let mut ask = Self::file().with(ACCEPT_ENCODING, "gzip");
        ask.wire = Wire::Shared;
        ask
    }

    /// For a few bytes, as they are.
    pub(super) fn bytes() -> Self {
        let mut ask = Self::file();
        ask.wire = Wire::Shared;
        ask
    }
}

impl Fetcher {
    /// Asks for `url` as often as it takes, and reads an answer of at most `limit` bytes.
    pub(super) fn ask(&self, url: &Url, ask: &Ask, limit: u64) -> Result<Answer, FetchError> {
        retry::repeat(
            self.retries,
            |_, pause| thread::sleep(pause),
            || {
                let response = request::get(&self.clients, &self.credentials, url, ask)?;
                read(response, url, limit)
            },
        )
    }
}

fn read(mut response: Response, url: &Url, limit: u64) -> Result<Answer, Failure> {
    let headers = std::mem::take(response.headers_mut());
    let coding = headers.get(CONTENT_ENCODING).map_or(&b""[..], |value| value.as_bytes());
    let status = response.status().as_u16();
    let found = response.url().clone();
    let body: Box<dyn Read> = match coding.to_ascii_lowercase().as_slice() {
        b"gzip" | b"x-gzip" => Box::new(MultiGzDecoder::new(response)),
        b"" | b"identity" => Box::new(response),
        other => {
            let url = url.into();
            let detail = format!("it is encoded as {}, which was not asked for", other.escape_ascii());
            return Err(FetchError::Connection { url, detail }.into());
        }
    };
    let body = transfer::read_limited(body, limit).map_err(|error| broken(url, &error))?;
    let body = body.ok_or_else(|| FetchError::TooLarge { url: url.into(), limit })?;
    Ok(Answer {
        url: found,
        status,
        headers,
        body,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use reqwest::header::{CONTENT_TYPE, IF_NONE_MATCH};

    use super::super::test_server::{Answer as Served, Server};
    use super::super::{Credentials, Network, NetworkOptions};
    use super::*;

    fn fetcher() -> Fetcher {
        let options = NetworkOptions {
            retries: Some(1),
            ..NetworkOptions::default()
        };
        Fetcher::new(
            Network::new(options, &BTreeMap::new(), "test".to_owned()),
            Credentials::default(),
        )
    }

    fn zipped(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compressed_answers_are_unpacked_up_to_the_limit() {
        let body = zipped(&[b'x'; 1000]);
        let server = Server::start(move |_, _| {
            let headers = [("Content-Encoding", "gzip"), ("Content-Type", "a/b")];
            Served::new(200, &headers, &body)
        });
        let answer = fetcher().ask(&server.url("/"), &Ask::text(), 1000).unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, 1000));
        assert_eq!(answer.header(&CONTENT_TYPE), Some("a/b"));
        assert_eq!(server.seen()[0].header("accept-encoding"), Some("gzip"));
        let error = fetcher().ask(&server.url("/"), &Ask::text(), 999).unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { limit: 999, .. }), "{error}");
    }

    #[test]
    fn endless_and_strangely_encoded_answers_are_refused() {
        let endless = Server::start(|_, _| Served::new(200, &[("Content-Length", "99999999999")], &[b'x'; 4096]));
        let error = fetcher().ask(&endless.url("/"), &Ask::text(), 100).unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");
        let strange = Server::start(|_, _| Served::new(200, &[("Content-Encoding", "br")], b"x"));
        let error = fetcher().ask(&strange.url("/"), &Ask::text(), 100).unwrap_err();
        assert!(error.to_string().contains("br"), "{error}");
        let torn = Server::start(|_, _| Served::new(200, &[("Content-Encoding", "gzip")], b"no gzip"));
        let error = fetcher().ask(&torn.url("/"), &Ask::text(), 100).unwrap_err();
        assert!(matches!(error, FetchError::Connection { .. }), "{error}");
    }

    #[test]
    fn not_modified_is_an_answer_only_where_it_was_asked_for() {
        let server = Server::start(|_, _| Served::status(304));
        let conditional = Ask::text().with(IF_NONE_MATCH, "\"x\"");
        assert_eq!(fetcher().ask(&server.url("/"), &conditional, 9).unwrap().status, 304);
        assert!(fetcher().ask(&server.url("/"), &Ask::text(), 9).is_err());
    }
}
