//! Excerpts: the share of a snapshot that every environment makes for itself although the rest is there already.

use std::collections::{BTreeMap, BTreeSet};

use super::compose::{Composed, FileEntry, add_folder, number, paths_of};
use super::header::{Extent, Header, Role};
use crate::key::ManifestDigest;

/// One in this many linked files of the library is looked at before a spare is used, and the first of each distribution.
const SAMPLE: usize = 64;

impl Composed {
    /// The excerpt of what was [encoded](super::encode) to a manifest of this [digest](Header::manifest): files outside of the library folders, scripts with the RECORDs that name them, and, as
    /// [`present`](Self::present), those files of the library that are looked at or touched.
    #[must_use]
    pub fn excerpt(&self, manifest: Option<ManifestDigest>) -> Self {
        let libraries: BTreeSet<&str> = self.generated.iter().map(|(one, ..)| one.library.as_str()).collect();
        let inside = |path: &str| libraries.iter().any(|library| is_below(path, library));
        // Folders that lead to a library and nowhere else are the skeleton's.
        let above = |path: &str| libraries.iter().any(|library| is_below(library, path));
        let mut own = BTreeMap::from([(String::new(), Vec::new())]);
        let mut present = BTreeMap::from([(String::new(), Vec::new())]);
        let mut sampler = Sampler::default();
        for (path, folder) in paths_of(&self.folders).into_iter().zip(&self.folders) {
            if inside(&path) {
                let looked_at: Vec<FileEntry> = folder.files.iter().filter(|file| sampler.takes(file)).cloned().collect();
                if !looked_at.is_empty() {
                    put(&mut present, &path, looked_at);
                }
            } else if !above(&path) || !folder.files.is_empty() {
                put(&mut own, &path, folder.files.clone());
            }
        }
        let generated = self.generated.iter().map(|(one, before, behind)| {
            if one.scripts.is_empty() {
                let mut one = one.clone();
                one.rows.clear();
                one.small.clear();
                (one, String::new(), String::new())
            } else {
                (one.clone(), before.clone(), behind.clone())
            }
        });
        Self {
            header: Header {
                extent: Extent::Excerpt,
                manifest,
                ..self.header.clone()
            },
            folders: number(own),
            present: number(present),
            generated: generated.collect(),
            preimages: self.preimages.clone(),
        }
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.is_empty())
}

fn put(folders: &mut BTreeMap<String, Vec<FileEntry>>, path: &str, files: Vec<FileEntry>) {
    add_folder(folders, path);
    folders.insert(path.to_owned(), files);
}

/// Which files of the library are named in an excerpt.
#[derive(Default)]
struct Sampler {
    seen: usize,
    distributions: BTreeSet<u16>,
}

impl Sampler {
    fn takes(&mut self, file: &FileEntry) -> bool {
        self.seen += 1;
        // What runs at every start of Python is always looked at.
        file.role == Role::Private
            || self.distributions.insert(file.distribution)
            || self.seen.is_multiple_of(SAMPLE)
            || file.name.ends_with(".pth")
    }
}
