//! A world of files in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::requirements::{Asked, LoadError, Loader, PathKind, Place, Requirements, RequirementsError, read};

/// A world of files in memory, with `/project` as current folder.
#[derive(Default)]
pub(super) struct World {
    files: BTreeMap<PathBuf, Vec<u8>>,
    urls: BTreeMap<String, Vec<u8>>,
}

impl World {
    pub(super) fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(Path::new("/project").join(path), content.into());
        self
    }

    pub(super) fn with_url(mut self, url: &str, content: &str) -> Self {
        self.urls.insert(url.to_owned(), content.into());
        self
    }

    pub(super) fn read(&self, arguments: &[&str]) -> Result<Requirements, RequirementsError> {
        let mut said: [Vec<String>; 4] = Default::default();
        for pair in arguments {
            let (list, value) = match pair.split_once(' ') {
                Some(("-e", value)) => (1, value),
                Some(("-r", value)) => (2, value),
                Some(("-c", value)) => (3, value),
                _ => (0, *pair),
            };
            said[list].push(value.to_owned());
        }
        let asked = Asked {
            arguments: &said[0],
            editables: &said[1],
            requirement_files: &said[2],
            constraint_files: &said[3],
            current_dir: Path::new("/project"),
            config_settings: &BTreeMap::new(),
        };
        read(&asked, self)
    }

    /// What a requirements file of this content asks for, as canonical texts.
    pub(super) fn lines(self, content: &str) -> Vec<String> {
        let requirements = self.with("r.txt", content).read(&["-r r.txt"]).unwrap();
        requirements
            .entries
            .iter()
            .map(|entry| entry.requirement.to_string())
            .collect()
    }

    pub(super) fn error(self, content: &str) -> RequirementsError {
        self.with("r.txt", content).read(&["-r r.txt"]).unwrap_err()
    }
}

impl Loader for World {
    fn load(&self, place: &Place) -> Result<Vec<u8>, LoadError> {
        let found = match place {
            Place::File(path) => self.files.get(path),
            Place::Url(url) => self.urls.get(url.as_str()),
        };
        found.cloned().ok_or_else(|| LoadError::Fetch("not found".to_owned()))
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "user:se/cret".to_owned())
    }

    fn kind(&self, path: &Path) -> PathKind {
        if self.files.contains_key(path) {
            PathKind::File
        } else if self.files.keys().any(|file| file.starts_with(path)) {
            PathKind::Folder
        } else {
            PathKind::Missing
        }
    }
}
