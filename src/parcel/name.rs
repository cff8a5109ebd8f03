//! Names of members: kinds and keys, nothing that could lead anywhere.

use std::fmt;
use std::str::FromStr;

/// A member of a parcel, in the order in which they stand there: what is needed before what needs it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberName {
    /// What it is.
    pub kind: Kind,
    /// Its key, or the name of an interpreter.
    pub key: String,
    /// Which of the files of that key.
    pub part: Part,
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An archive, or its record.
    Archive,
    /// A snapshot, or its excerpt.
    Snapshot,
    /// What a pin was answered with.
    Pin,
    /// What a build came to.
    Build,
    /// The pip of an interpreter.
    Pip,
    /// What a request was answered with.
    Request,
}

/// The files of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// An archive.
    Archive,
    /// A record.
    Record,
    /// An excerpt.
    Excerpt,
    /// A whole snapshot.
    Whole,
}

/// Digits of a key.
const DIGITS: usize = 64;

/// The longest name of an interpreter.
const LONGEST: usize = 80;

const KINDS: [(Kind, &str); 6] = [
    (Kind::Archive, "archives"),
    (Kind::Snapshot, "snapshots"),
    (Kind::Pin, "pins"),
    (Kind::Build, "builds"),
    (Kind::Pip, "pip"),
    (Kind::Request, "requests"),
];

const PARTS: [(Part, &str); 4] = [
    (Part::Archive, ".tar.gz"),
    (Part::Record, ".json"),
    (Part::Excerpt, ".excerpt"),
    (Part::Whole, ".snapshot"),
];

impl MemberName {
    /// A name.
    pub fn new(kind: Kind, key: impl fmt::Display, part: Part) -> Self {
        let key = key.to_string();
        Self { kind, key, part }
    }
}

impl fmt::Display for MemberName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = KINDS.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, name)| name);
        let part = PARTS.iter().find(|(part, _)| *part == self.part).map_or("", |(_, name)| name);
        write!(formatter, "{kind}/{}{part}", self.key)
    }
}

/// Text that is no name of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidName;

impl FromStr for MemberName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let (folder, file) = text.split_once('/').ok_or(InvalidName)?;
        let (kind, _) = KINDS.iter().find(|(_, name)| *name == folder).ok_or(InvalidName)?;
        let parts = PARTS
            .iter()
            .filter_map(|(part, suffix)| Some((part, file.strip_suffix(suffix)?)));
        let (part, key) = parts.take(1).next().ok_or(InvalidName)?;
        let fits = match kind {
            Kind::Archive => matches!(part, Part::Archive | Part::Record),
            Kind::Snapshot => matches!(part, Part::Excerpt | Part::Whole),
            Kind::Pin | Kind::Build | Kind::Pip | Kind::Request => *part == Part::Record,
        };
        let is_key = key.len() == DIGITS && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_interpreter = !key.starts_with('.')
            && (1..=LONGEST).contains(&key.len())
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte));
        let is_named = if *kind == Kind::Pip { is_interpreter } else { is_key };
        if fits && is_named {
            Ok(Self::new(*kind, key, *part))
        } else {
            Err(InvalidName)
        }
    }
}
