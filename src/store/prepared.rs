//! What build backends said of source archives.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::open::Store;
use crate::fs::Durability;
use crate::key::{BuildQuestion, key_of};
use crate::wheel::Metadata;

#[derive(Serialize, Deserialize)]
pub(super) struct Prepared {
    metadata: Metadata,
}

impl Store {
    /// What a backend said of a source archive. `question` is what would be asked of its build, with name and version left empty: nobody
    /// knows them before.
    pub fn prepared(&self, question: &BuildQuestion) -> Option<Metadata> {
        let key = key_of(question);
        let mut known = self
            .layouts()
            .filter_map(|layout| self.record::<Prepared>(&layout.prepared(key)));
        known.next().map(|prepared| prepared.metadata)
    }

    /// Keeps what a backend said of a source archive.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_prepared(&self, question: &BuildQuestion, metadata: Metadata) -> Result<(), StoreError> {
        let path = self.home().prepared(key_of(question));
        super::json::write_as(&path, &Prepared { metadata }, &self.home().staging(), Durability::Derived)
    }
}
