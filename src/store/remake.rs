//! Making an archive again of its tree.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::distribution::DistributionRecord;
use super::error::StoreError;
use super::open::Store;
use crate::archive::{DESCRIPTION, pack};
use crate::fs::{Context, create_folders, settle_file, sync_folder};

impl Store {
    /// Packs the archive of a distribution again from its tree, whose content must be right, and puts it in the place of the one that is
    /// there. Its bytes are others than before, its content is the same.
    ///
    /// # Errors
    /// When the tree turns out to be of another content, or the store cannot be written.
    pub fn repack(&self, mut record: DistributionRecord, tree: &Path) -> Result<(), StoreError> {
        let layout = self.home();
        let archive = layout.archive(record.key, &record.preimage);
        let staging = self.staging()?;
        // Packing settles the files that it packs: those of the tree stay as they are.
        let copy = staging.join("tree");
        let members = record.description.members();
        for member in &members {
            let (from, to) = (tree.join(&member.path), copy.join(&member.path));
            let folder = to.parent().unwrap_or(&copy);
            fs::create_dir_all(folder).context("create folder", folder)?;
            fs::copy(&from, &to).context("copy", &from)?;
        }
        let description = tree.join(DESCRIPTION);
        let description = fs::read(&description).context("read", &description)?;
        let temporary = staging.join("archive.tar.gz");
        let mut file = fs::File::create_new(&temporary).context("create", &temporary)?;
        let packed = pack((&copy, None), &description, &members, &file)?;
        if packed.content != record.content {
            return Err(StoreError::Content { archive });
        }
        file.flush().and_then(|()| file.sync_all()).context("flush", &temporary)?;
        let folder = archive.parent().unwrap_or(layout.root());
        create_folders(folder).context("create folder", folder)?;
        settle_file(&file, folder).context("change the mode of", &temporary)?;
        fs::rename(&temporary, &archive).context("create", &archive)?;
        sync_folder(folder)?;
        record.archive_bytes = packed.bytes;
        super::json::write(&layout.record(record.key, &record.preimage), &record, &layout.staging())
    }
}
