//! What is fetched, and what comes of it.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use super::{Hashes, RedactedUrl};
use crate::key::Sha256;

/// A file to fetch: an sdist or wheel as an index or a direct URL names it.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Where it is: `https:`, `http:` or `file:`.
    pub url: Url,
    /// Its name, for messages.
    pub filename: String,
    /// Its size in bytes, where the index tells; anything else is refused.
    pub size: Option<u64>,
    /// The digests that it may have; empty means that any content is accepted.
    pub hashes: Hashes,
}

impl fmt::Debug for Artifact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Artifact")
            .field("url", &RedactedUrl::new(&self.url))
            .field("filename", &self.filename)
            .field("size", &self.size)
            .field("hashes", &self.hashes)
            .finish()
    }
}

/// An artifact and the file that it is to be written to.
#[derive(Debug, Clone)]
pub struct Download {
    /// What to fetch.
    pub artifact: Artifact,
    /// The temporary file to write; it is removed on failure.
    pub into: PathBuf,
}

/// What an artifact turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// SHA-256 of the content.
    pub sha256: Sha256,
    /// Size in bytes.
    pub size: u64,
}

/// A small file that was read into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The content, undecoded.
    pub bytes: Vec<u8>,
    /// `Content-Type`, where a server sent one; its charset says how pip decodes the content.
    pub content_type: Option<String>,
}
