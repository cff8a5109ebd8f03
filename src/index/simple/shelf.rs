//! Where things are kept between runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::key::{PageKey, Sha256};

/// The folders of a store, for those who know no store.
pub trait Shelf: Sync {
    /// The file of a page.
    fn page(&self, key: PageKey) -> PathBuf;
    /// The file of what a wheel's METADATA says.
    fn metadata(&self, wheel: Sha256) -> PathBuf;
    /// A folder on the same filesystem for files that are being written; none if nothing can be written.
    fn staging(&self) -> Option<PathBuf>;
    /// Takes a damaged file of these out of use.
    fn note_damage(&self, path: &Path, reason: &str);
}

/// When an index is asked although a page of it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Always: whether it has changed since.
    Revalidate,
    /// If that is longer ago.
    Within(Duration),
    /// Never, nor for others.
    Offline,
}
