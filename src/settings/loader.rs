//! The world as reading requirements needs it.

use std::fs;
use std::path::Path;

use crate::index::Fetcher;
use crate::requirements::{LoadError, Loader, PathKind, Place};

use super::world::World;

/// Requirements files larger than this are a mistake.
const LIMIT: u64 = 16 << 20;

/// Reads files from disk and URLs through a fetcher.
pub struct WorldLoader<'a> {
    /// Variables.
    pub world: &'a World,
    /// For URLs; it is made when the first one is met.
    pub fetcher: &'a dyn Fn() -> Fetcher,
}

impl Loader for WorldLoader<'_> {
    fn load(&self, place: &Place) -> Result<Vec<u8>, LoadError> {
        match place {
            Place::File(path) => Ok(fs::read(path)?),
            Place::Url(url) => (self.fetcher)()
                .read(url, LIMIT)
                .map(|body| body.bytes)
                .map_err(|error| LoadError::Fetch(error.to_string())),
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.world.variables.get(name).cloned()
    }

    fn kind(&self, path: &Path) -> PathKind {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => PathKind::Folder,
            Ok(_) => PathKind::File,
            Err(_) => PathKind::Missing,
        }
    }
}
