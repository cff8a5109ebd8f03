//! The first and the last member of a parcel: what it needs, and the digest of each of the others.

use serde::{Deserialize, Serialize};

use super::error::ParcelError;
use crate::fs::{Soundness, sealed, soundness};
use crate::key::DistributionPreimage;

/// Format of parcels of this version.
pub(super) const FORMAT: u32 = 1;

/// The first member.
pub(super) const PREFACE: &str = "snapenv-export.json";
/// The last member.
pub(super) const MANIFEST: &str = "snapenv-manifest.json";

/// What stands first in a parcel: whoever cannot use it need not read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Preface {
    pub(super) format: u32,
    /// Which version made it.
    pub(super) program: String,
    /// The interpreters that it is of use to, sorted.
    pub(super) interpreters: Vec<Needed>,
}

/// What an interpreter and its platform have to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Needed {
    pub(super) implementation: String,
    pub(super) cache_tag: String,
    pub(super) abi: String,
    pub(super) platform: String,
}

impl Needed {
    pub(super) fn of(preimage: &DistributionPreimage) -> Self {
        Self {
            implementation: preimage.implementation.clone(),
            cache_tag: preimage.cache_tag.clone(),
            abi: preimage.platform.abi.clone(),
            platform: preimage.platform.platform.clone(),
        }
    }
}

/// What stands last in a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// In their order.
    pub(super) members: Vec<Row>,
}

/// A member as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// In hexadecimal.
    pub(super) blake3: String,
}

/// The sealed text of one of both.
pub(super) fn text_of<T: Serialize>(member: &'static str, value: &T) -> Result<Vec<u8>, ParcelError> {
    let text = serde_json::to_vec(value).map_err(|error| ParcelError::refused(member, &error.to_string()))?;
    Ok(sealed(text))
}

/// Reads one of both.
pub(super) fn parse<'t, T: Deserialize<'t>>(member: &'static str, text: &'t [u8]) -> Result<T, ParcelError> {
    match soundness(text, FORMAT) {
        Soundness::Newer => Err(ParcelError::Newer),
        Soundness::Damaged(reason) => Err(ParcelError::refused(member, reason)),
        Soundness::Whole => serde_json::from_slice(text).map_err(|error| ParcelError::refused(member, &error.to_string())),
    }
}
