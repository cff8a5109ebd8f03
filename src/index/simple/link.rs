//! A file that a place offers.

use std::fmt;
use std::sync::Arc;

use url::Url;

use super::digests::ALGORITHMS;
use super::{Digests, PageError, Uploaded};
use crate::index::credentials::unquote;
use crate::index::redact;

/// A file as a page names it; pip's `Link`. What the page says is kept as it stands, wrong as it may be.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The last part of the URL's path, decoded: what project, version and tags are read from.
    pub filename: Box<str>,
    /// The absolute URL, quoted as pip quotes it, fragment included. It may carry secrets; see [`Link::url`].
    pub(super) address: Box<str>,
    /// The digests that the page or the URL's fragment gives.
    pub digests: Digests,
    /// `data-requires-python` (PEP 503); links of a page that say the same share the text. Never empty.
    pub requires_python: Option<Arc<str>>,
    /// The reason, empty where none is given, if the file is yanked (PEP 592).
    pub yanked: Option<Arc<str>>,
    /// Whether METADATA is served beside the file (PEP 658, PEP 714).
    pub metadata: MetadataFile,
    /// When it was uploaded (PEP 700), where the page says so in a way that can be compared.
    pub uploaded: Option<Uploaded>,
    /// Its size in bytes (PEP 700).
    pub size: Option<u64>,
}

/// Whether METADATA is served beside a file, under its URL with `.metadata` added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MetadataFile {
    /// It is not.
    #[default]
    Absent,
    /// It is, and nothing tells its digest.
    Unhashed,
    /// It is, with (at least one of) these digests.
    Hashed(Digests),
}

impl Link {
    /// A link of which nothing but its URL is known, such as a file in a folder.
    ///
    /// The URL has to be absolute and quoted.
    pub fn plain(address: &str) -> Self {
        Self {
            filename: filename(address).into(),
            address: address.into(),
            digests: digest_of_fragment(address).into_iter().collect(),
            requires_python: None,
            yanked: None,
            metadata: MetadataFile::Absent,
            uploaded: None,
            size: None,
        }
    }

    /// A link that a page names; like pip, refuses an egg that is no project.
    pub(super) fn found(address: &str) -> Result<Self, PageError> {
        let link = Self::plain(address);
        match link.egg().filter(|egg| !is_project(egg)) {
            Some(egg) => Err(PageError::Egg(egg.to_owned())),
            None => Ok(link),
        }
    }

    /// The URL, fragment included; `None` where the text that the page gives is none.
    pub fn url(&self) -> Option<Url> {
        Url::parse(&self.address).ok()
    }

    /// The URL as pip writes it, fragment included. It may carry secrets (in userinfo or query): not for messages.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The URL as pip reports it: without fragment. It may carry secrets: not for messages.
    pub fn address_without_fragment(&self) -> &str {
        self.address.split_once('#').map_or(&*self.address, |(address, _)| address)
    }

    /// The URL for messages.
    pub fn shown(&self) -> String {
        redact(&self.address)
    }

    /// What `#egg=` or `&egg=` in the URL names: the project, as far as pip still believes it.
    pub fn egg(&self) -> Option<&str> {
        // Most links have nothing behind the path but a digest, and there are thousands of them.
        let marks = self
            .address
            .bytes()
            .enumerate()
            .filter(|(_, byte)| matches!(byte, b'#' | b'&'));
        let rest = marks
            .into_iter()
            .find_map(|(at, _)| self.address[at + 1..].strip_prefix("egg="))?;
        Some(rest.split('&').next().unwrap_or(rest))
    }

    /// Whether its URL has a userinfo or a query, which are for this run only.
    pub(super) fn may_hold_secrets(&self) -> bool {
        let address = self.address_without_fragment();
        address.contains('?') || parts(address).0.contains('@')
    }

    /// Whether it is a file of this machine.
    pub fn is_local(&self) -> bool {
        self.address.starts_with("file:")
    }
}

/// Whether `name` is a project name (PEP 508).
fn is_project(name: &str) -> bool {
    let ends = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let inner = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    ends(name.chars().next()) && ends(name.chars().last()) && name.chars().all(inner)
}

/// The last component of the path, decoded; without a path the host.
fn filename(address: &str) -> String {
    let (authority, path) = parts(address);
    let path = unquote(path);
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match name {
        "" | "." | ".." => authority.rsplit('@').next().unwrap_or_default().to_owned(),
        name => name.to_owned(),
    }
}

/// What the path of a URL ends in, where its last `length` bytes are a whole name that needs no decoding.
pub(super) fn name_in_address(address: &str, length: usize) -> Option<&str> {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let name = address.get(end.checked_sub(length)?..end)?;
    let whole = address[..end - length].ends_with('/') && !name.contains('%');
    whole.then_some(name)
}

/// Authority and path of a URL.
fn parts(address: &str) -> (&str, &str) {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let behind = address[..end].split_once(':').map_or(&address[..end], |(_, behind)| behind);
    match behind.strip_prefix("//") {
        Some(behind) => behind.split_at(behind.find('/').unwrap_or(behind.len())),
        None => ("", behind),
    }
}

/// The first digest in the fragment of a URL, of an algorithm that pip knows.
fn digest_of_fragment(address: &str) -> Option<(&str, &str)> {
    let starts = address.match_indices(['#', '&']).map(|(at, _)| &address[at + 1..]);
    starts.into_iter().find_map(|rest| {
        let (algorithm, rest) = rest.split_once('=')?;
        let digest = rest.split('&').next().unwrap_or(rest);
        ALGORITHMS.contains(&algorithm).then_some((algorithm, digest))
    })
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Link")
            .field("filename", &self.filename)
            .field("address", &format_args!("{}", self.shown()))
            .field("digests", &self.digests)
            .field("requires_python", &self.requires_python)
            .field("yanked", &self.yanked)
            .field("metadata", &self.metadata)
            .field("uploaded", &self.uploaded)
            .field("size", &self.size)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_last_part_of_the_path() {
        let of = |address: &str| Link::plain(address).filename.into_string();
        assert_eq!(
            of("https://host/a/b-1%2B2-py3-none-any.whl?x=/y#z/"),
            "b-1+2-py3-none-any.whl"
        );
        assert_eq!(of("https://host/a/b/"), "b");
        assert_eq!(of("https://me:pw@host:81/"), "host:81");
        assert_eq!(of("https://host/a%2Fb.zip"), "b.zip");
        assert_eq!(of("file:///a/b.tar.gz"), "b.tar.gz");
    }

    #[test]
    fn fragments_tell_digests_and_eggs() {
        let link = Link::plain("https://host/x.zip#egg=demo-1.0&own=1&md5=ab&sha256=cd");
        assert_eq!(link.digests.iter().collect::<Vec<_>>(), [("md5", "ab")]);
        assert_eq!(link.egg(), Some("demo-1.0"));
        assert_eq!(link.address_without_fragment(), "https://host/x.zip");
        assert_eq!(Link::plain("https://host/x.zip").egg(), None);
    }

    #[test]
    fn what_is_shown_has_no_secrets() {
        let link = Link::plain("https://me:s3cr3t@host/x.zip?sig=s3cr3t");
        assert!(!format!("{link:?}").contains("s3cr3t"));
    }
}
