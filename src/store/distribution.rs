//! Distributions: an archive, the record that commits it, and its tree.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::build::Native;
use super::description::Description;
use super::error::StoreError;
use super::open::Store;
use super::staging::Staging;
use crate::archive::{Packed, pack};
use crate::fs::{Context, Locking, create_folders, settle_file, sync_folder};
use crate::key::{ContentKey, DistributionKey, DistributionPreimage, Sha256, key_of};
use crate::wheel::{Deflated, decoded};

/// The record beside an archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistributionRecord {
    /// Its key.
    pub key: DistributionKey,
    /// What the key is made of.
    pub preimage: DistributionPreimage,
    /// Digest of the archive's content; names the tree.
    pub content: ContentKey,
    /// Size of the archive in bytes.
    pub archive_bytes: u64,
    /// Where it came from.
    pub source: SourceRecord,
    /// Seconds that it took to build, lay out, compile and pack.
    pub seconds: f64,
    /// Bytes on disk of its tree, in blocks of 4 KiB; records of earlier versions do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree_bytes: Option<u64>,
    /// What it consists of.
    pub description: Description,
}

/// The artifact that a distribution was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// File name.
    #[serde(deserialize_with = "decoded::name_if_any")]
    pub file_name: String,
    /// URL without credentials.
    pub url: String,
    /// Digest of the file.
    pub sha256: Sha256,
    /// Whether a wheel had to be built from it.
    pub built: bool,
    /// What of the machine it needs, if it was built and is not pure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
}

/// A distribution that was just made, about to enter the store.
#[derive(Debug)]
pub struct Made<'a> {
    /// What the key is made of.
    pub preimage: DistributionPreimage,
    /// Where it came from.
    pub source: SourceRecord,
    /// What it consists of.
    pub description: Description,
    /// The folder with its files.
    pub tree: &'a Path,
    /// What of it a wheel has deflated already.
    pub deflated: Option<&'a Deflated<'a>>,
    /// When its making began.
    pub began: std::time::Instant,
}

/// A distribution that is packed in a staging folder.
#[derive(Debug)]
pub struct Unkept {
    record: DistributionRecord,
    /// The archive and where it is.
    archive: (File, PathBuf),
    /// The folder that becomes the tree.
    tree: PathBuf,
}

impl Store {
    /// The record of a distribution, if it is in the store with its archive. A truncated archive counts as none.
    pub fn distribution(&self, preimage: &DistributionPreimage) -> Option<DistributionRecord> {
        self.archived(key_of(preimage), preimage).map(|(record, _)| record)
    }

    /// The record of a distribution and where its archive is.
    pub fn archived(&self, key: DistributionKey, preimage: &DistributionPreimage) -> Option<(DistributionRecord, PathBuf)> {
        self.layouts().find_map(|layout| {
            let archive = layout.archive(key, preimage);
            let bytes = fs::metadata(&archive).ok()?.len();
            let record: DistributionRecord = self.record(&layout.record(key, preimage))?;
            let whole = record.key == key && record.archive_bytes == bytes && !self.is_shunned(&archive);
            whole.then_some((record, archive))
        })
    }

    /// Packs a made distribution; nobody finds it before it is [kept](Store::keep_distribution).
    ///
    /// # Errors
    /// When its files cannot be read, or the archive cannot be written.
    pub fn pack_distribution(&self, made: Made, staging: &Staging) -> Result<Unkept, StoreError> {
        let key = key_of(&made.preimage);
        let description = serde_json::to_vec(&made.description).map_err(|source| StoreError::Record {
            path: made.tree.to_owned(),
            source,
        })?;
        let temporary = staging.join("archive.tar.gz");
        let file = File::create_new(&temporary).context("create", &temporary)?;
        let Packed { content, bytes } = pack((made.tree, made.deflated), &description, &made.description.members(), &file)?;
        Ok(Unkept {
            record: DistributionRecord {
                key,
                content,
                archive_bytes: bytes,
                source: made.source,
                seconds: made.began.elapsed().as_secs_f64(),
                tree_bytes: Some(made.description.tree_bytes(description.len())),
                description: made.description,
                preimage: made.preimage,
            },
            archive: (file, temporary),
            tree: made.tree.to_owned(),
        })
    }

    /// Takes a packed distribution in: makes its archive durable, commits its record, and turns its folder into the tree. This mostly waits
    /// for the disk.
    ///
    /// # Errors
    /// When the store cannot be written; no entry is left behind then.
    pub fn keep_distribution(&self, unkept: Unkept) -> Result<DistributionRecord, StoreError> {
        let Unkept { record, archive, tree } = unkept;
        let (file, temporary) = archive;
        // Without locks somebody else may have made it meanwhile; one archive beside the record of the other would be of no use.
        if Locking::of_process() != Locking::Used
            && let Some(theirs) = self.distribution(&record.preimage)
        {
            return Ok(theirs);
        }
        let layout = self.home();
        let place = layout.record(record.key, &record.preimage);
        if super::json::is_newer(&place) {
            // The archive beside it is a newer version's, too.
            self.publish_tree(&tree, record.content)?;
            return Ok(record);
        }
        file.sync_all().context("flush", &temporary)?;
        let archive = layout.archive(record.key, &record.preimage);
        let folder = archive.parent().unwrap_or(layout.root());
        create_folders(folder).context("create folder", folder)?;
        settle_file(&file, folder).context("change the mode of", &temporary)?;
        fs::rename(&temporary, &archive).context("create", &archive)?;
        sync_folder(folder)?;
        super::json::write(&place, &record, &layout.staging())?;
        self.publish_tree(&tree, record.content)?;
        Ok(record)
    }
}
