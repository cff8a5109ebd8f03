//! Resolutions as they are recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::key::Sha256;
use crate::wheel::decoded;

/// Pinned distributions with their artifacts, in pip's installation order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// In pip's installation order.
    pub distributions: Vec<Resolved>,
}

/// One distribution of a resolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// Normalized project name.
    pub name: String,
    /// Version, as its metadata writes it.
    pub version: String,
    /// What it is made from.
    pub artifact: Artifact,
    /// Whether the user asked for it by name (PEP 376).
    pub requested: bool,
    /// Text of `direct_url.json`, when it was a direct reference (PEP 610).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct_url: Option<String>,
    /// Whether it was yanked when it was chosen (PEP 592).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub yanked: bool,
    /// Extras of it that count, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<String>,
    /// Its own `--config-settings`, `key=value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
}

/// What a distribution is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Wheel, sdist, or a project that only its own backend can build.
    pub kind: ArtifactKind,
    /// Where it is, without credentials.
    pub url: String,
    /// File name; projects have none that counts.
    #[serde(deserialize_with = "decoded::name_if_any")]
    pub file_name: String,
    /// Its digest, where the index told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// Digests by other algorithms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hashes: BTreeMap<String, String>,
}

/// The kinds of artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArtifactKind {
    /// A wheel.
    Wheel,
    /// An sdist: one file that is built.
    Sdist,
    /// A folder or a checkout: it is built every time, as pip does.
    Project,
    /// A folder or checkout in editable mode: it is built in every run, and is in no snapshot that others share.
    Editable,
}
