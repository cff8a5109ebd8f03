//! What a record says first: enough to keep the books of a store, without reading lists of thousands of files.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::json::FORMAT;
use crate::key::{ContentKey, DistributionKey, RequestKey, SnapshotKey};

/// As much of a record is read first; what is looked for is mostly within.
const PIECE: usize = 8 << 10;

/// The head of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Head<T> {
    /// What it says.
    Read(T),
    /// It is of a newer format, and none of our business.
    Newer,
    /// It cannot be read.
    Damaged,
}

/// The head of a distribution's record.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DistributionHead {
    /// Its key.
    pub key: DistributionKey,
    /// Digest of the archive's content.
    pub content: ContentKey,
    /// Size of the archive in bytes.
    pub archive_bytes: u64,
    /// Where it came from.
    pub source: SourceHead,
    /// Seconds that it took to make.
    pub seconds: f64,
    /// Bytes on disk of its tree; records of earlier versions do not say it.
    #[serde(default)]
    pub tree_bytes: Option<u64>,
}

/// Where a distribution came from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SourceHead {
    /// File name of the artifact, or of a folder.
    pub file_name: String,
    /// URL without credentials.
    pub url: String,
    /// Whether a wheel had to be built.
    pub built: bool,
}

/// How names of files end that a project can be built from, as pip knows them.
const ARCHIVES: [&str; 11] = [
    ".zip",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tar.lz",
    ".tlz",
    ".tar.lzma",
];

impl SourceHead {
    /// Whether it is a folder of the machine: every run builds that anew.
    pub fn is_folder(&self) -> bool {
        let name = self.file_name.to_ascii_lowercase();
        self.built && self.url.starts_with("file:") && !ARCHIVES.iter().any(|end| name.ends_with(end))
    }
}

/// The head of a request record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RequestHead {
    /// Its key.
    pub key: RequestKey,
    /// The environment's files.
    pub snapshot: SnapshotKey,
}

/// The head of what says which pip an interpreter gets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeedHead {
    /// Its distribution.
    pub distribution: DistributionKey,
}

/// A record of which the head can be read.
pub trait Headed: DeserializeOwned {
    /// The fields of the head, without the format.
    const FIELDS: &'static [&'static str];
    /// Behind this field there is none of them any more.
    const LAST: &'static str;
}

impl Headed for DistributionHead {
    const FIELDS: &'static [&'static str] = &["key", "content", "archive_bytes", "source", "seconds", "tree_bytes"];
    const LAST: &'static str = "description";
}

impl Headed for RequestHead {
    const FIELDS: &'static [&'static str] = &["key", "snapshot"];
    const LAST: &'static str = "snapshot";
}

impl Headed for SeedHead {
    const FIELDS: &'static [&'static str] = &["distribution"];
    const LAST: &'static str = "preimage";
}

impl<T: Headed> Head<T> {
    /// Reads the head of the record at `path`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        // A file gives as much as there is room for, or all of it.
        let mut piece = [0; PIECE];
        let length = file.read(&mut piece)?;
        Ok(match Self::of(&piece[..length]) {
            Self::Damaged => {
                let mut text = piece[..length].to_vec();
                file.read_to_end(&mut text)?;
                Self::of(&text)
            }
            read => read,
        })
    }

    fn of(text: &[u8]) -> Self {
        let mut fields = Map::new();
        // It ends in an error where the text breaks off, or where nothing more is looked for.
        let _ = Fields::<T> {
            found: &mut fields,
            record: std::marker::PhantomData,
        }
        .deserialize(&mut serde_json::Deserializer::from_slice(text));
        match fields.remove("format").and_then(|format| format.as_u64()) {
            None => Self::Damaged,
            Some(format) if format > FORMAT.into() => Self::Newer,
            Some(_) => T::deserialize(Value::Object(fields)).map_or(Self::Damaged, Self::Read),
        }
    }
}

struct Fields<'a, T> {
    found: &'a mut Map<String, Value>,
    record: std::marker::PhantomData<T>,
}

impl<'de, T: Headed> DeserializeSeed<'de> for Fields<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Headed> Visitor<'de> for Fields<'_, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        // Names of ours need no escapes, and so no memory of their own.
        while let Some(name) = map.next_key::<&str>()? {
            let last = name == T::LAST;
            if name == "format" || T::FIELDS.contains(&name) {
                let value = map.next_value()?;
                self.found.insert(name.to_owned(), value);
            } else if !last {
                map.next_value::<IgnoredAny>()?;
            }
            if last {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::testing::{Draft, Shelf};

    #[test]
    fn a_head_is_the_records() {
        let shelf = Shelf::new();
        let record = shelf.put("demo", &Draft::default().file("lib/a.py", &[7; 5000]).file("lib/b/c.py", b""));
        let path = shelf.store.home().record(record.key, &record.preimage);
        let Head::Read(head) = Head::<DistributionHead>::read(&path).unwrap() else {
            panic!("not read");
        };
        assert_eq!((head.key, head.content), (record.key, record.content));
        assert_eq!(
            (head.archive_bytes, head.source.built),
            (record.archive_bytes, record.source.built)
        );
        assert_eq!(head.tree_bytes, record.tree_bytes);
        // Two blocks, an empty file, the description, and folders: the tree, `.snapenv`, `lib`, `lib/b`.
        assert_eq!(head.tree_bytes, Some((2 + 1 + 4) << 12));
    }

    #[test]
    fn a_folder_is_no_archive() {
        let is_folder = |name: &str, built| {
            let (file_name, url) = (name.to_owned(), format!("file:///srv/{name}"));
            SourceHead { file_name, url, built }.is_folder()
        };
        assert!(is_folder("project", true) && is_folder("project-1.0", true));
        assert!(!is_folder("project-1.0.tar.gz", true) && !is_folder("project-1.0.ZIP", true));
        assert!(!is_folder("project-1.0-py3-none-any.whl", false));
    }

    #[test]
    fn heads_of_other_kinds_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            Head::<RequestHead>::read(&path).unwrap()
        };
        let key = "ab".repeat(32);
        let long = format!(r#""conditions": "{}""#, "x".repeat(20_000));
        let known = |head| matches!(head, Head::Read(RequestHead { .. }));
        assert!(known(read(&format!(
            r#"{{"format":1,"key":"{key}",{long},"snapshot":"{key}","resolution":"#
        ))));
        assert!(known(read(&format!(
            r#"{{"format":1,"resolution":[{{}}],"key":"{key}","snapshot":"{key}"}}"#
        ))));
        assert_eq!(read(&format!(r#"{{"format":2,"key":"{key}","snapshot":"#)), Head::Newer);
        for damaged in ["", "{", "[]", r#"{"format":1}"#, r#"{"key":"x","snapshot":"y"}"#, "\0\0\0\0"] {
            assert_eq!(read(damaged), Head::Damaged, "{damaged}");
        }
    }
}
