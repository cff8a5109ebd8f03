//! URLs as the user wrote them, cut as Python's `urlsplit` cuts them.

use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::error::ErrorKind;
use super::scanner::is_space;

const VCS: [&str; 22] = [
    "bzr+http",
    "bzr+https",
    "bzr+ssh",
    "bzr+sftp",
    "bzr+ftp",
    "bzr+lp",
    "bzr+file",
    "git+http",
    "git+https",
    "git+ssh",
    "git+git",
    "git+file",
    "hg+file",
    "hg+http",
    "hg+https",
    "hg+ssh",
    "hg+static-http",
    "svn+ssh",
    "svn+http",
    "svn+https",
    "svn+svn",
    "svn+file",
];

/// Hexadecimal digits of a commit: SHA-1 and SHA-256.
const COMMIT_LENGTHS: [usize; 2] = [40, 64];

/// A URL, kept to the letter: pip records it so in `direct_url.json`, and some that it takes are no URLs to stricter parsers.
///
/// `Display` and `Debug` print it without credentials.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Link {
    text: String,
}

/// The parts of a URL that count here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) authority: Option<&'a str>,
    pub(super) path: &'a str,
}

/// Splits a URL; a text without a scheme has an empty one.
pub(super) fn split(text: &str) -> Parts<'_> {
    let text = text.trim_start_matches(|c: char| c <= ' ');
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
        _ => ("", text),
    };
    let rest = rest.split(['#', '?']).next().unwrap_or_default();
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Parts { scheme, authority, path }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Whether pip takes a requirement for a URL: by its scheme alone.
pub(super) fn is_url(text: &str) -> bool {
    let scheme = split(text).scheme.to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "file" | "ftp") || VCS.contains(&scheme.as_str())
}

/// The text with the userinfo of every URL in it replaced, also of one whose slashes were folded by taking it for a path.
pub fn redact(text: &str) -> String {
    replace_userinfo(&replace_userinfo(text, "://", "****@"), ":/", "****@")
}

/// A URL without userinfo, as it may be kept and compared; all else stays as it is spelt.
pub fn without_userinfo(url: &str) -> String {
    replace_userinfo(url, "://", "")
}

/// Replaces what stands between `mark` and the last `@` of the authority that follows it.
fn replace_userinfo(text: &str, mark: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find(mark) {
        let (before, after) = rest.split_at(found + mark.len());
        out.push_str(before);
        let ends = |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'') || is_space(c);
        let end = after.find(ends).unwrap_or(after.len());
        rest = match after.get(..end).and_then(|authority| authority.rfind('@')) {
            Some(at) => {
                out.push_str(by);
                after.get(at + 1..).unwrap_or_default()
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

impl Link {
    /// Takes a URL to the letter.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The `file:` URL of an absolute path, quoted as Python's `pathname2url` quotes it.
    pub fn from_path(path: &Path) -> Self {
        let mut text = String::from("file://");
        for &byte in path.as_os_str().as_bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'.' | b'-' | b'~') {
                text.push(char::from(byte));
            } else {
                text.push('%');
                text.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
            }
        }
        Self { text }
    }

    /// The URL with its credentials. Never print it.
    pub fn secret(&self) -> &str {
        &self.text
    }

    /// The URL without its credentials, for keys.
    pub fn without_credentials(&self) -> String {
        without_userinfo(&self.text)
    }

    /// The userinfo of a URL, as it is written. Never print it.
    pub fn userinfo(&self) -> Option<&str> {
        let (userinfo, _) = split(&self.text).authority?.rsplit_once('@')?;
        Some(userinfo)
    }

    /// Lower-case scheme, such as `https` or `git+ssh`.
    pub fn scheme(&self) -> String {
        split(&self.text).scheme.to_ascii_lowercase()
    }

    /// Whether it is a repository of a version control system that pip knows.
    pub fn is_vcs(&self) -> bool {
        VCS.contains(&self.scheme().as_str())
    }

    /// The commit of a Git repository, if it is named in full: what it leads to never changes.
    pub fn commit(&self) -> Option<&str> {
        let Parts { scheme, path, .. } = split(&self.text);
        let (_, revision) = path
            .rsplit_once('@')
            .filter(|_| scheme.to_ascii_lowercase().starts_with("git+"))?;
        let full = COMMIT_LENGTHS.contains(&revision.len()) && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        full.then_some(revision)
    }

    /// The path, unquoted.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(std::ffi::OsString::from_vec(
            percent_decode_str(split(&self.text).path).collect(),
        ))
    }

    /// The last part of the path, unquoted; empty if there is none.
    pub fn filename(&self) -> String {
        let path = percent_decode_str(split(&self.text).path).decode_utf8_lossy();
        path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// The local path of a `file:` URL; nothing for other URLs and for those of another host (RFC 8089).
    pub fn file_path(&self) -> Option<PathBuf> {
        let local = matches!(split(&self.text).authority, None | Some("" | "localhost"));
        (self.scheme() == "file" && local).then(|| self.path())
    }

    /// The value of `#subdirectory=`.
    pub fn subdirectory(&self) -> Option<&str> {
        self.fragment_value("subdirectory")
    }

    /// The digest that the fragment holds (`#sha256=...`): algorithm and value, the first one that pip would look at.
    pub fn digest(&self) -> Option<(&str, &str)> {
        let pairs = self.text.match_indices(['#', '&']).filter_map(|(at, _)| {
            let value = self.text.get(at + 1..)?;
            let (name, value) = value.split_once('=')?;
            Some((name, value.split('&').next().unwrap_or_default()))
        });
        let known = |(name, _): &(&str, &str)| matches!(*name, "sha512" | "sha384" | "sha256" | "sha224" | "sha1" | "md5");
        pairs.into_iter().find(known)
    }

    /// The project name of `#egg=`.
    ///
    /// # Errors
    /// When it is none, as pip then refuses the URL.
    pub(super) fn egg(&self) -> Result<Option<&str>, ErrorKind> {
        let Some(egg) = self.fragment_value("egg") else {
            return Ok(None);
        };
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let outer = |c: char| c.is_ascii_alphanumeric();
        if egg.chars().all(inner) && egg.starts_with(outer) && egg.ends_with(outer) {
            return Ok(Some(egg));
        }
        Err(ErrorKind::Syntax {
            message: format!("the '{egg}' egg fragment is invalid"),
            hint: Some("egg fragments are bare project names; write `name[extra] @ URL` instead".to_owned()),
        })
    }

    fn fragment_value(&self, key: &str) -> Option<&str> {
        let start = self.text.match_indices(['#', '&']).find_map(|(at, _)| {
            let rest = self.text.get(at + 1..)?;
            rest.strip_prefix(key)?.strip_prefix('=')
        })?;
        start.split('&').next()
    }

    /// Whether the last part of the path ends in `.whl`.
    pub fn is_wheel(&self) -> bool {
        super::path::extension(&self.filename()) == ".whl"
    }
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&redact(&self.text))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Link({self})")
    }
}

#[cfg(test)]
mod tests;
