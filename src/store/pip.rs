//! Which pip is used for an interpreter.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::open::Store;
use crate::key::{ContentKey, DistributionKey, DistributionPreimage};

/// The pip that is used for an interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipRecord {
    /// Its version.
    pub version: String,
    /// The distribution.
    pub distribution: DistributionKey,
    /// What that key is made of.
    pub preimage: DistributionPreimage,
    /// Its content.
    pub content: ContentKey,
    /// When the index was last asked for a newer one, in seconds since 1970; never, when it is the interpreter's bundled one.
    pub asked: Option<u64>,
}

impl Store {
    /// The pip for an interpreter, known by its cache tag.
    pub fn pip(&self, interpreter: &str) -> Option<PipRecord> {
        self.layouts()
            .map(|layout| layout.pip(interpreter))
            .find_map(|path| self.record(&path))
    }

    /// Forgets the pip for an interpreter: its distribution is no longer whole.
    ///
    /// # Errors
    /// When the record cannot be removed.
    pub fn forget_pip(&self, interpreter: &str) -> Result<(), StoreError> {
        self.layouts()
            .map(|layout| layout.pip(interpreter))
            .filter(|path| path.exists())
            .try_for_each(|path| self.set_aside(&path))
    }

    /// Records the pip for an interpreter.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_pip(&self, interpreter: &str, record: &PipRecord) -> Result<(), StoreError> {
        let layout = self.home();
        super::json::write(&layout.pip(interpreter), record, &layout.staging())
    }
}
