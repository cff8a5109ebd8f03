//! Pins: the artifact that an `==` pin was answered with.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::open::Store;
use super::resolution::Resolved;
use crate::fs::Durability;
use crate::key::{ContentKey, DistributionKey, DistributionPreimage, PinKey, PinPreimage, key_of};
use crate::wheel::Metadata;

/// What an `==` pin was answered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinRecord {
    /// Its key.
    pub key: PinKey,
    /// The answer.
    pub resolved: Resolved,
    /// What its metadata says.
    pub metadata: Metadata,
    /// The distribution made from it.
    pub distribution: DistributionKey,
    /// What that key is made of.
    pub preimage: DistributionPreimage,
    /// The distribution's content.
    pub content: ContentKey,
}

impl Store {
    /// What a pin was answered with.
    pub fn pin(&self, preimage: &PinPreimage) -> Option<PinRecord> {
        let key = key_of(preimage);
        self.layouts()
            .find_map(|layout| self.record::<PinRecord>(&layout.pin(key)).filter(|record| record.key == key))
    }

    /// Records the answer to a pin. That is not flushed: one that is lost is asked for again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_pin(&self, record: &PinRecord) -> Result<(), StoreError> {
        let layout = self.home();
        super::json::write_as(&layout.pin(record.key), record, &layout.staging(), Durability::Derived)
    }
}
