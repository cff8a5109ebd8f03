//! Looking at whole records, whoever needs them: for verification.

use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::build::BuildRecord;
use super::json::{Found, parse};
use super::layout::Area;
use super::lease::Lease;
use super::measured::Measured;
use super::nearest::FamilyRecord;
use super::pin::PinRecord;
use super::pip::PipRecord;
use super::prepared::Prepared;
use super::request::RequestRecord;
use crate::fs::{Soundness, soundness};
use crate::key::{BuildKey, FamilyKey, LeaseKey, PinKey, RequestKey, key_of};

/// Looks at the whole text of the record of an area that is filed under `stem`.
pub fn examine_record(area: Area, stem: &str, text: &[u8]) -> Soundness {
    match area {
        Area::Requests => of_key(text, stem, |record: &RequestRecord, key: RequestKey| record.key == key),
        Area::Pins => of_key(text, stem, |record: &PinRecord, key: PinKey| {
            record.key == key && record.distribution == key_of(&record.preimage)
        }),
        Area::Builds => of_key(text, stem, |record: &BuildRecord, key: BuildKey| {
            record.key == key && record.distribution == key_of(&record.preimage)
        }),
        Area::Families => of_key(text, stem, |record: &FamilyRecord, key: FamilyKey| record.key == key),
        Area::Roots => of_key(text, stem, |lease: &Lease, key: LeaseKey| lease.key() == key),
        Area::Seeds => of::<PipRecord>(text, |record| record.distribution == key_of(&record.preimage)),
        Area::Metadata => of_key(text, stem, |_: &Prepared, _: BuildKey| true),
        _ => soundness(text, super::json::FORMAT),
    }
}

/// Looks at the whole text of what is remembered of the store's size.
pub fn examine_measured(text: &[u8]) -> Soundness {
    of::<Measured>(text, |_| true)
}

/// The record in a text, if it is whole and of a known format.
pub fn record_in<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    match parse(text) {
        Found::Record(record) => Some(record),
        Found::Nothing | Found::Damaged(_) => None,
    }
}

fn of_key<T: DeserializeOwned, K: FromStr>(text: &[u8], stem: &str, fits: impl Fn(&T, K) -> bool) -> Soundness {
    match stem.parse() {
        Ok(key) => of::<T>(text, |record| fits(record, key)),
        Err(_) => Soundness::Damaged("its name is no key"),
    }
}

fn of<T: DeserializeOwned>(text: &[u8], fits: impl FnOnce(&T) -> bool) -> Soundness {
    match parse::<T>(text) {
        Found::Record(record) if fits(&record) => Soundness::Whole,
        Found::Record(_) => Soundness::Damaged("it is the record of something else"),
        Found::Nothing => Soundness::Newer,
        Found::Damaged(reason) => Soundness::Damaged(reason),
    }
}
