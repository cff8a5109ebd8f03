//! Core metadata.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::headers::Headers;

/// The fields of METADATA that installing and resolving need (core metadata specification).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Name, as written.
    pub name: String,
    /// Version, as written.
    pub version: String,
    /// Every Requires-Dist, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires_dist: Vec<String>,
    /// Requires-Python.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
    /// Every Provides-Extra, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provides_extra: Vec<String>,
    /// All of it, where it was read just now.
    #[serde(skip)]
    pub text: Text,
}

/// The text that metadata was read from. Nobody keeps it, and what says the same is the same, whatever else its text has.
#[derive(Debug, Clone, Default)]
pub struct Text(Option<Arc<str>>);

impl Text {
    /// The text, where it is at hand.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl PartialEq for Text {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Text {}

/// METADATA that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMetadata {
    /// It is not UTF-8.
    #[error("METADATA is not UTF-8")]
    NotUtf8,
    /// A field that must be there is not.
    #[error("METADATA has no {0}")]
    Missing(&'static str),
    /// The version is none (PEP 440).
    #[error("METADATA has an invalid version {0:?}")]
    Version(String),
}

impl Metadata {
    /// Reads METADATA, be it from a wheel or as an index serves it (PEP 658).
    ///
    /// # Errors
    /// Fails where it is not UTF-8, or has no name or version.
    pub fn parse(content: &[u8]) -> Result<Self, InvalidMetadata> {
        let text = std::str::from_utf8(content).map_err(|_| InvalidMetadata::NotUtf8)?;
        let headers = Headers::parse(text);
        // A value that was folded right behind its colon begins with the fold.
        let all = |name| headers.all(name).map(|value| value.trim().to_owned());
        Ok(Self {
            // Not trimmed: a folded name is not the project's to pip, either.
            name: headers.get("Name").ok_or(InvalidMetadata::Missing("Name"))?.to_owned(),
            version: all("Version").next().ok_or(InvalidMetadata::Missing("Version"))?,
            requires_dist: all("Requires-Dist").collect(),
            requires_python: all("Requires-Python").next(),
            provides_extra: all("Provides-Extra").collect(),
            text: Text(Some(text.into())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let text = "Metadata-Version: 2.4\nName: Foo\nVersion: 1.0\nRequires-Dist:\n a>1; extra == \"x\"\nRequires-Dist: b\n\
                    Provides-Extra: x\nRequires-Python: >=3.8,\n  <4\n\nRequires-Dist: no\n";
        let metadata = Metadata::parse(text.as_bytes()).unwrap();
        assert_eq!((metadata.name.as_str(), metadata.version.as_str()), ("Foo", "1.0"));
        assert_eq!(metadata.requires_dist, ["a>1; extra == \"x\"", "b"]);
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3.8,\n  <4"));
        assert_eq!(metadata.provides_extra, ["x"]);
    }

    #[test]
    fn name_and_version_must_be_there() {
        assert_eq!(Metadata::parse(b"Version: 1\n"), Err(InvalidMetadata::Missing("Name")));
        assert_eq!(Metadata::parse(b"Name: a\n"), Err(InvalidMetadata::Missing("Version")));
        assert_eq!(Metadata::parse(b"Name: \xff\n"), Err(InvalidMetadata::NotUtf8));
    }
}
