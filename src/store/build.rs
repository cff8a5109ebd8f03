//! Builds: which distribution came of what was asked.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::open::Store;
use crate::key::{BuildKey, BuildQuestion, DistributionKey, DistributionPreimage, key_of};

/// What a build came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRecord {
    /// Its key.
    pub key: BuildKey,
    /// The distribution.
    pub distribution: DistributionKey,
    /// What that key is made of: build requirements and compilers are among it.
    pub preimage: DistributionPreimage,
}

/// What of the machine a built distribution needs; a pure one needs nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Native {
    /// Shared libraries of the system that its extensions need, by soname.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<String>,
}

impl Store {
    /// What a build came to.
    pub fn build(&self, question: &BuildQuestion) -> Option<BuildRecord> {
        let key = key_of(question);
        self.layouts().find_map(|layout| {
            self.record::<BuildRecord>(&layout.build(key))
                .filter(|record| record.key == key)
        })
    }

    /// Records what a build came to.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_build(&self, record: &BuildRecord) -> Result<(), StoreError> {
        let layout = self.home();
        super::json::write(&layout.build(record.key), record, &layout.staging())
    }
}
