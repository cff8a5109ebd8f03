//! The preimage of a snapshot key.

use serde::{Deserialize, Serialize};

use super::preimage::{ContentKey, DistributionKey, Preimage, SnapshotKey};
use crate::interpreter::Scheme;

/// The files of one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotPreimage {
    /// In pip's installation order, the seed first.
    pub members: Vec<SnapshotMember>,
    /// Installed paths.
    pub scheme: Scheme,
    /// Version of the list of files that are private copies.
    pub private_copies: u32,
}

impl Preimage for SnapshotPreimage {
    type Key = SnapshotKey;
    const KIND: &'static str = "snapshot";
    const FORMAT: u32 = 1;
}

/// One distribution of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotMember {
    /// Which distribution.
    pub distribution: DistributionKey,
    /// Which content: a rebuilt archive may differ under the same distribution key.
    pub content: ContentKey,
    /// Whether the user asked for it (the file REQUESTED, PEP 376).
    pub requested: bool,
    /// Text of `direct_url.json` (PEP 610), when it was a direct reference.
    pub direct_url: Option<String>,
}
