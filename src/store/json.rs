//! JSON records: a format number, then the fields, then a seal that shows damage.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use crate::fs::{Durability, Soundness, sealed, soundness, write_new};

/// Format of all JSON records of this version.
pub(super) const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Formatted<T> {
    format: u32,
    #[serde(flatten)]
    record: T,
}

/// A record as it is found.
pub(super) enum Found<T> {
    /// It is there.
    Record(T),
    /// It is not there, cannot be read, or is of a newer format.
    Nothing,
    /// It is not what was written.
    Damaged(&'static str),
}

/// Reads a record.
pub(super) fn find<T: DeserializeOwned>(path: &Path) -> Found<T> {
    let Ok(text) = fs::read(path) else { return Found::Nothing };
    parse(&text)
}

/// The same of its text.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Found<T> {
    match soundness(text, FORMAT) {
        Soundness::Newer => Found::Nothing,
        Soundness::Damaged(reason) => Found::Damaged(reason),
        Soundness::Whole => serde_json::from_slice(text).map_or(Found::Damaged("it is no such record"), Found::Record),
    }
}

/// Reads a record that nobody heals. Missing, damaged, and newer records are all `None`: a miss.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    match find(path) {
        Found::Record(record) => Some(record),
        Found::Nothing | Found::Damaged(_) => None,
    }
}

/// Writes a record durably: it is the commit point of what it names. A record of a newer format is left alone.
pub(super) fn write<T: Serialize>(path: &Path, record: &T, staging: &Path) -> Result<(), StoreError> {
    write_as(path, record, staging, Durability::Durable)
}

/// The same, as durable as it has to be.
pub(super) fn write_as<T: Serialize>(path: &Path, record: &T, staging: &Path, durability: Durability) -> Result<(), StoreError> {
    if is_newer(path) {
        return Ok(());
    }
    let text = record_text(record).map_err(|source| StoreError::Record {
        path: path.to_owned(),
        source,
    })?;
    Ok(write_new(path, &text, staging, durability)?)
}

/// Whether a record is of a newer format.
pub(super) fn is_newer(path: &Path) -> bool {
    fs::read(path).is_ok_and(|text| soundness(&text, FORMAT) == Soundness::Newer)
}

/// The text of a record as it is written.
///
/// # Errors
/// When it cannot be serialized.
pub fn record_text<T: Serialize>(record: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Formatted { format: FORMAT, record }).map(sealed)
}
