//! Comparing an archive with its record.

use std::io::Read;
use std::path::Path;

use super::description::Description;
use super::distribution::DistributionRecord;
use crate::archive::{ArchiveError, DESCRIPTION, visit};
use crate::fs::Limits;

/// An archive that is not what a record says.
#[derive(Debug, thiserror::Error)]
pub enum Unlike {
    /// It cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It has another content.
    #[error("its archive has another content")]
    Content,
    /// It describes itself otherwise.
    #[error("its record describes something else than its archive")]
    Description,
    /// It unpacks to more than is allowed.
    #[error("its archive unpacks to more than its limit")]
    Limit,
}

impl DistributionRecord {
    /// Reads all of the archive at `path`, and compares it with this record.
    ///
    /// # Errors
    /// When it is not the archive of this record.
    pub fn compare(&self, path: &Path, limits: Limits) -> Result<(), Unlike> {
        let mut description = Vec::new();
        let (mut total, mut count) = (0_u64, 0_usize);
        let mut excess = false;
        let content = visit(path, &mut |member, entry| {
            count += 1;
            let left = limits.total_bytes.saturating_sub(total).saturating_add(1);
            let mut entry = entry.take(left);
            total += if member == Path::new(DESCRIPTION) {
                entry.read_to_end(&mut description)? as u64
            } else {
                std::io::copy(&mut entry, &mut std::io::sink())?
            };
            excess = total > limits.total_bytes || count > limits.entries;
            if excess {
                return Err(std::io::ErrorKind::FileTooLarge.into());
            }
            Ok(())
        });
        if excess {
            return Err(Unlike::Limit);
        }
        if content? != self.content {
            return Err(Unlike::Content);
        }
        match serde_json::from_slice::<Description>(&description) {
            Ok(described) if described == self.description => Ok(()),
            _ => Err(Unlike::Description),
        }
    }
}
