//! One requirement or constraint and where it was asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::place::{SourceFile, Strength};
use super::requirement::Requirement;
use super::spelling::Spelling;

/// One requirement or constraint with what its line says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it was asked for.
    pub origin: Origin,
    /// What is asked for.
    pub requirement: Requirement,
    /// As the user spelled it, which is how pip calls it; none where a URL or path stands first.
    pub spelled: Option<Spelling>,
    /// Digests of which its archive must have one (`--hash`); none of them is checked to be hexadecimal.
    pub hashes: Vec<Hash>,
    /// What its build backend is to be told (`--config-settings` on its line); a key given several times has several values.
    pub config_settings: BTreeMap<String, Vec<String>>,
}

/// Where a requirement was asked for. `Display` is pip's: `-r requirements.txt (line 3)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An argument or `-e` of the command line.
    CommandLine,
    /// A line of a file.
    File {
        /// The file.
        file: Arc<SourceFile>,
        /// Number of the (first) line, from 1.
        line: usize,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => formatter.write_str("command line"),
            Self::File { file, line } => {
                let option = match file.strength {
                    Strength::Requirement => "-r",
                    Strength::Constraint => "-c",
                };
                write!(formatter, "{option} {file} (line {line})")
            }
        }
    }
}

/// A digest that an archive may have, as `--hash=sha256:...` says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    /// How it is computed.
    pub algorithm: HashAlgorithm,
    /// The digest in lower case, hexadecimal if the user made no mistake.
    pub digest: String,
}

/// The algorithms that pip allows for `--hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// Name as in `hashlib`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.algorithm.name(), self.digest)
    }
}
