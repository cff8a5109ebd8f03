//! The parts of a snapshot that are not files.

use serde::{Deserialize, Serialize};

use crate::key::{ContentKey, DistributionKey, ManifestDigest, SnapshotKey};
use crate::wheel::{Row, Script, decoded};

/// What a snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its key.
    pub key: SnapshotKey,
    /// How much of it this is.
    pub extent: Extent,
    /// Its distributions in installation order.
    pub distributions: Vec<HeaderDistribution>,
    /// Number of files, generated ones included.
    pub files: u64,
    /// Their bytes, without generated ones.
    pub bytes: u64,
    /// What an environment knows the whole snapshot by (`docs/proof.md`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<ManifestDigest>,
    /// What making all of its distributions took; snapshots of earlier versions do not say it.
    #[serde(default)]
    pub milliseconds: u64,
}

impl Header {
    /// The digest of a manifest with this header and these parts behind it, but for what may differ from one composing to the next.
    ///
    /// # Errors
    /// When the header cannot be serialized.
    pub(super) fn digest_with(&self, parts: &[u8]) -> Result<ManifestDigest, serde_json::Error> {
        let header = Self {
            milliseconds: 0,
            manifest: None,
            ..self.clone()
        };
        let header = serde_json::to_vec(&header)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(header.len() as u64).to_le_bytes());
        Ok(hasher.update(&header).update(parts).finalize().into())
    }
}

/// How much of a snapshot a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extent {
    /// All of it.
    Whole,
    /// What each environment makes for itself although the rest is there already: over a merged layer, or out of a spare.
    Excerpt,
}

/// One distribution of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderDistribution {
    /// Normalized project name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Which tree its files are in.
    pub content: ContentKey,
    /// Which archive makes that tree again.
    pub distribution: DistributionKey,
}

/// How a file gets into the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// By the link mode.
    Link,
    /// Always as a copy, with the current time.
    Private,
}

/// What is written for one distribution besides the files of its tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The dist-info folder within the environment.
    #[serde(deserialize_with = "decoded::path")]
    pub dist_info: String,
    /// The folder that RECORD's paths are relative to.
    #[serde(deserialize_with = "decoded::folder")]
    pub library: String,
    /// Scripts to render, in pip's order.
    pub scripts: Vec<PlannedScript>,
    /// Bytecode of rewritten scripts: its header has to be made to fit.
    pub script_bytecode: Vec<ScriptBytecode>,
    /// Rows of RECORD that stand among those of the scripts.
    pub rows: Vec<Row>,
    /// INSTALLER, REQUESTED, `direct_url.json`.
    pub small: Vec<SmallFile>,
}

/// A script that is rendered for the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedScript {
    /// What it is.
    pub script: Script,
    /// Whether it is this one that stays; another distribution may bring a file of the same path later.
    pub wins: bool,
    /// The file that it is rewritten from, if the wheel brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
}

/// What a file of a tree has to look like still when it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// Length in bytes.
    pub size: u64,
    /// Modification time in the tree, seconds.
    pub mtime: i64,
    /// Whether it is executable.
    pub executable: bool,
}

/// Bytecode whose source is a rewritten script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptBytecode {
    /// The bytecode file within tree and environment.
    #[serde(deserialize_with = "decoded::path")]
    pub path: String,
    /// The script.
    #[serde(deserialize_with = "decoded::path")]
    pub source: String,
    /// The file in the tree.
    pub original: Original,
}

/// A small file of the dist-info folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmallFile {
    /// File name.
    #[serde(deserialize_with = "decoded::name")]
    pub name: String,
    /// Content.
    pub content: String,
}
