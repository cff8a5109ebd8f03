//! From a preimage to a key, with a newtype per kind.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Something that a key is made of: serialized with its format version and kind in front, then hashed.
pub trait Preimage: Serialize {
    /// The kind of key that this makes.
    type Key: From<blake3::Hash>;
    /// The kind's name within the preimage.
    const KIND: &'static str;
    /// Version of this preimage's fields; raised whenever their meaning changes.
    const FORMAT: u32;
}

#[derive(Serialize)]
struct Framed<'a, P> {
    format: u32,
    kind: &'static str,
    body: &'a P,
}

impl<'a, P: Preimage> Framed<'a, P> {
    fn new(body: &'a P) -> Self {
        Self {
            format: P::FORMAT,
            kind: P::KIND,
            body,
        }
    }
}

/// The key of a preimage: BLAKE3 of its compact JSON, in which every field is framed.
pub fn key_of<P: Preimage>(preimage: &P) -> P::Key {
    let mut hasher = blake3::Hasher::new();
    // Serializing these plain structs into memory cannot fail; were it ever to, the key would differ, which is a miss.
    let failed = serde_json::to_writer(&mut hasher, &Framed::new(preimage)).is_err();
    if failed {
        hasher.update(b"\0unserializable");
    }
    hasher.finalize().into()
}

/// The preimage as JSON, as `snapenv key --explain` prints it and records keep it.
pub fn printed<P: Preimage>(preimage: &P) -> serde_json::Value {
    serde_json::to_value(Framed::new(preimage)).unwrap_or_default()
}

/// Text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no key (64 hexadecimal digits)")]
pub struct InvalidKey(String);

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(blake3::Hash);

        impl From<blake3::Hash> for $name {
            fn from(hash: blake3::Hash) -> Self {
                Self(hash)
            }
        }

        impl From<$name> for String {
            fn from(key: $name) -> Self {
                key.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidKey;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl FromStr for $name {
            type Err = InvalidKey;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                blake3::Hash::from_hex(text).map(Self).map_err(|_| InvalidKey(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0.to_hex())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self.0.to_hex())
            }
        }
    };
}

key! {
    /// Names what was asked.
    RequestKey
}
key! {
    /// Names one built distribution: its archive.
    DistributionKey
}
key! {
    /// Names what was asked of a build.
    BuildKey
}
key! {
    /// Names the content of an archive (BLAKE3 of its uncompressed tar stream): its tree.
    ContentKey
}
key! {
    /// Names the files of one environment.
    SnapshotKey
}
key! {
    /// The digest at the end of a snapshot's manifest: environments keep it (`docs/proof.md`).
    ManifestDigest
}
key! {
    /// Names what near requests have in common.
    FamilyKey
}
key! {
    /// Names the question that an `==` pin asks.
    PinKey
}
key! {
    /// Names a page of an index, as one identity sees it.
    PageKey
}
key! {
    /// Names an environment that needs the store.
    LeaseKey
}
