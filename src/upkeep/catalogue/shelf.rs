//! What lies on the shelves of a store: files and folders with their times and sizes, looked at side by side.

use std::fs::{self, DirEntry, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use crate::fs::on_disk;

/// A file or folder.
#[derive(Debug, Clone)]
pub(in crate::upkeep) struct Found {
    pub(in crate::upkeep) path: PathBuf,
    pub(in crate::upkeep) name: String,
    pub(in crate::upkeep) metadata: Metadata,
}

impl Found {
    fn of(entry: &DirEntry) -> Option<Self> {
        Some(Self {
            path: entry.path(),
            // Names that are not UTF-8 are none of ours.
            name: entry.file_name().into_string().ok()?,
            metadata: entry.metadata().ok()?,
        })
    }

    pub(super) fn modified(&self) -> SystemTime {
        self.metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    pub(super) fn bytes(&self) -> u64 {
        on_disk(&self.metadata)
    }

    /// When it was written, in seconds since 1970.
    pub(super) fn written(&self) -> u64 {
        u64::try_from(self.metadata.mtime()).unwrap_or_default()
    }

    /// When it was written or read, in seconds since 1970, as far as the filesystem keeps that.
    pub(super) fn touched(&self) -> u64 {
        u64::try_from(self.metadata.atime()).unwrap_or_default().max(self.written())
    }
}

/// What is in a folder; nothing where there is none.
pub(in crate::upkeep) fn list(folder: &Path) -> Vec<Found> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| Found::of(&entry)).collect()
}

/// The names of what is in a folder, which is not looked at.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// What is in the folders of a folder.
pub(in crate::upkeep) fn keyed(area: &Path) -> Vec<Found> {
    let groups = list(area);
    groups.into_par_iter().flat_map_iter(|group| list(&group.path)).collect()
}
