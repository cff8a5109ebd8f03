//! What is kept of a page besides its links.

use serde::{Deserialize, Serialize};

use crate::index::Identity;

/// Where a page came from, and how to ask whether it still is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::index::simple) struct Header {
    /// The URL that is asked, without userinfo and fragment.
    pub(in crate::index::simple) url: String,
    /// Who asks.
    pub(in crate::index::simple) identity: Identity,
    /// The URL that answered, after redirects.
    pub(in crate::index::simple) found: String,
    pub(in crate::index::simple) outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::index::simple) etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::index::simple) last_modified: Option<String>,
    /// BLAKE3 of the answer's body, in hexadecimal.
    pub(in crate::index::simple) body: String,
    /// When the index last said that this is the page, in Unix seconds.
    pub(in crate::index::simple) checked: u64,
}

/// What the index said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::index::simple) enum Outcome {
    /// Here are the links.
    Listed,
    /// There is no such page, with this status.
    Absent(u16),
}
