//! What the store takes up.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use walkdir::WalkDir;

use super::layout::Area;
use super::open::Store;

/// What one area takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Which.
    pub area: Area,
    /// Its entries: files, or folders where each is one entry.
    pub entries: u64,
    /// Bytes on disk. What has several names is counted where it is met first.
    pub bytes: u64,
}

impl Store {
    /// What each area takes up. This looks at every file.
    pub fn usage(&self) -> Vec<Usage> {
        let mut seen = BTreeSet::new();
        let areas = Area::ALL.into_iter();
        areas
            .map(|area| {
                let mut usage = Usage {
                    area,
                    entries: 0,
                    bytes: 0,
                };
                self.layouts().for_each(|layout| usage.add(&layout.area(area), &mut seen));
                usage
            })
            .collect()
    }
}

impl Usage {
    fn add(&mut self, folder: &Path, seen: &mut BTreeSet<(u64, u64)>) {
        for entry in WalkDir::new(folder).min_depth(1).into_iter().filter_map(Result::ok) {
            let Ok(metadata) = entry.metadata() else { continue };
            self.entries += u64::from(self.area.is_entry(entry.depth(), entry.path(), metadata.is_dir()));
            if metadata.is_dir() || metadata.nlink() == 1 || seen.insert((metadata.dev(), metadata.ino())) {
                // Blocks are of 512 bytes, whatever the filesystem's are (stat(2)).
                self.bytes += metadata.blocks() * 512;
            }
        }
    }
}

impl Area {
    /// Whether something at this depth counts as one entry.
    fn is_entry(self, depth: usize, path: &Path, is_folder: bool) -> bool {
        let ends = |suffix: &str| path.to_str().is_some_and(|path| path.ends_with(suffix));
        match self {
            Self::Requests => !is_folder,
            Self::Snapshots => ends(".snapshot"),
            Self::Archives => ends(".tar.gz"),
            Self::Trees | Self::Merged => depth == 2 && is_folder,
            Self::Spares => depth == 3 && is_folder,
            Self::Sources => depth == 3,
            Self::Quarantine => depth == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::testing::{Draft, Shelf};

    #[test]
    fn what_has_two_names_is_counted_once() {
        let shelf = Shelf::new();
        let record = shelf.put("demo", &Draft::default().file("lib/a.py", &vec![7; 100_000]));
        let of = |area: Area| shelf.store.usage().into_iter().find(|usage| usage.area == area).unwrap();
        assert_eq!((of(Area::Archives).entries, of(Area::Trees).entries), (1, 1));
        let (before, tree) = (of(Area::Trees).bytes, shelf.store.tree(record.content).unwrap());
        assert!(before >= 100_000);
        let spare = shelf.store.home().area(Area::Spares).join("ab/kind/one");
        fs::create_dir_all(&spare).unwrap();
        fs::hard_link(tree.join("lib/a.py"), spare.join("a.py")).unwrap();
        assert_eq!(of(Area::Trees).bytes, before);
        let spares = of(Area::Spares);
        assert!(spares.entries == 1 && spares.bytes < 100_000, "{spares:?}");
    }
}
