//! The result of laying a wheel out.

use serde::{Deserialize, Serialize};

use crate::key::Sha256;

use super::decoded;
use super::paths::relative;
use super::{Metadata, Mode, Row, Script};

/// A wheel as it was laid out below a staging folder; all paths are relative to the environment unless they are said not to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laid {
    /// Project name, as METADATA writes it.
    pub name: String,
    /// Version, as METADATA writes it.
    pub version: String,
    /// The `.dist-info` folder.
    #[serde(deserialize_with = "decoded::path")]
    pub dist_info: String,
    /// The folder that RECORD's paths are relative to: purelib or platlib.
    #[serde(deserialize_with = "decoded::folder")]
    pub library: String,
    /// The files written, sorted by path.
    pub files: Vec<File>,
    /// The scripts to be made, in pip's order: those of the wheel, then those of entry points. One overwrites a file of its path.
    pub scripts: Vec<Script>,
    /// The rows that RECORD will have, but for those of `scripts`, of what the installer generates, and of bytecode.
    pub rows: Vec<Row>,
    /// What METADATA says.
    pub metadata: Metadata,
    /// What is odd about the wheel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A file of a wheel as laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where it is.
    #[serde(deserialize_with = "decoded::path")]
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// Digest of its content.
    pub sha256: Sha256,
    /// Whether it is executable.
    pub mode: Mode,
    /// Its time by the wheel, in seconds since 1970.
    pub mtime: u64,
}

impl Laid {
    /// How RECORD writes `path`, which is relative to the environment.
    pub fn record_path(&self, path: &str) -> String {
        relative(path, &self.library)
    }
}
