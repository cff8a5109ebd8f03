//! Taking in entries that another store had. Nothing that is whole is replaced.

use std::fs::{self, File};
use std::path::Path;

use super::distribution::DistributionRecord;
use super::error::StoreError;
use super::json::{FORMAT, write};
use super::open::Store;
use crate::fs::{Context, Durability, Soundness, create_folders, settle_file, soundness, sync_folder, write_new};

/// What became of an entry that was to be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// It is taken in.
    Added,
    /// The store had it.
    Present,
    /// The store has another under that key.
    Other,
}

impl Store {
    /// Takes in a distribution whose archive was compared with its record: it is renamed into place.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn adopt_distribution(&self, record: &DistributionRecord, archive: &Path) -> Result<Adopted, StoreError> {
        let _lock = self.lock(record.key, || {});
        if let Some((there, _)) = self.archived(record.key, &record.preimage) {
            let same = there.content == record.content;
            return Ok(if same { Adopted::Present } else { Adopted::Other });
        }
        let layout = self.home();
        let place = layout.archive(record.key, &record.preimage);
        let folder = place.parent().unwrap_or(layout.root());
        create_folders(folder).context("create folder", folder)?;
        let file = File::open(archive).context("open", archive)?;
        settle_file(&file, folder).context("change the mode of", archive)?;
        file.sync_all().context("flush", archive)?;
        fs::rename(archive, &place).context("create", &place)?;
        sync_folder(folder)?;
        write(&layout.record(record.key, &record.preimage), record, &layout.staging())?;
        Ok(Adopted::Added)
    }

    /// Takes in a record as it was written.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn adopt_record(&self, place: &Path, text: &[u8]) -> Result<Adopted, StoreError> {
        let there = fs::read(place).map(|there| soundness(&there, FORMAT));
        if matches!(there, Ok(Soundness::Whole | Soundness::Newer)) {
            return Ok(Adopted::Present);
        }
        write_new(place, text, &self.home().staging(), Durability::Durable)?;
        Ok(Adopted::Added)
    }
}
