//! What the store took up when it was last looked through.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::open::Store;
use crate::fs::Durability;

/// What the store took up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// When, in seconds since 1970.
    pub at: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// How long it took to find that out.
    pub milliseconds: u64,
}

/// Looking takes at most this part of all time.
const PART: u64 = 100;

impl Measured {
    /// Whether it is time to look again; `now` is in seconds since 1970.
    pub fn is_stale(&self, now: u64) -> bool {
        now.abs_diff(self.at).saturating_mul(1000) >= self.milliseconds.saturating_mul(PART)
    }
}

impl Store {
    /// What it took up when it was last looked through.
    pub fn measured(&self) -> Option<Measured> {
        super::json::read(&self.home().measured())
    }

    /// Keeps that in mind.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_measured(&self, measured: &Measured) -> Result<(), StoreError> {
        let home = self.home();
        super::json::write_as(&home.measured(), measured, &home.staging(), Durability::Derived)
    }
}
