//! JSON records: a format number, then the fields.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use crate::fs::{Durability, write_new};

/// Format of all JSON records of this version.
pub(super) const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Formatted<T> {
    format: u32,
    #[serde(flatten)]
    record: T,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

/// Reads a record. Missing, damaged, and newer records are all `None`: a miss.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = fs::read(path).ok()?;
    let known = serde_json::from_slice::<FormatOnly>(&text).is_ok_and(|record| record.format <= FORMAT);
    known.then(|| serde_json::from_slice::<T>(&text).ok()).flatten()
}

/// Writes a record durably: it is the commit point of what it names. A record of a newer format is left alone.
pub(super) fn write<T: Serialize>(path: &Path, record: &T, staging: &Path) -> Result<(), StoreError> {
    write_as(path, record, staging, Durability::Durable)
}

/// The same, as durable as it has to be.
pub(super) fn write_as<T: Serialize>(path: &Path, record: &T, staging: &Path, durability: Durability) -> Result<(), StoreError> {
    let newer = fs::read(path)
        .ok()
        .and_then(|text| serde_json::from_slice::<FormatOnly>(&text).ok())
        .is_some_and(|there| there.format > FORMAT);
    if newer {
        return Ok(());
    }
    let text = serde_json::to_vec(&Formatted { format: FORMAT, record }).map_err(|source| StoreError::Record {
        path: path.to_owned(),
        source,
    })?;
    Ok(write_new(path, &text, staging, durability)?)
}
