//! A distribution file, as an index serves it or as it lies in a folder.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// A wheel or an sdist.
#[derive(Debug, Clone)]
pub(crate) struct Artifact {
    /// Normalized project name.
    pub(crate) project: String,
    /// File name, such as `demo-1.0-py3-none-any.whl`.
    pub(crate) filename: String,
    pub(crate) bytes: Arc<[u8]>,
    /// METADATA of a wheel, which the index serves beside it (PEP 658).
    pub(crate) metadata: Option<Arc<[u8]>>,
    /// What the index says as `data-requires-python`.
    pub(crate) requires_python: Option<String>,
    /// The reason, when the file is yanked (PEP 592).
    pub(crate) yanked: Option<String>,
}

impl Artifact {
    /// Reads a wheel that exists as a file.
    pub(crate) fn from_wheel(path: &Path) -> Self {
        let filename = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(path).unwrap();
        let stem: Vec<&str> = filename.splitn(3, '-').collect();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
        let mut metadata = String::new();
        archive
            .by_name(&format!("{}-{}.dist-info/METADATA", stem[0], stem[1]))
            .unwrap()
            .read_to_string(&mut metadata)
            .unwrap();
        let requires_python = metadata
            .lines()
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix("Requires-Python: "))
            .map(str::to_owned);
        Self {
            project: normalize(stem[0]),
            filename: filename.clone(),
            bytes: bytes.into(),
            metadata: Some(metadata.into_bytes().into()),
            requires_python,
            yanked: None,
        }
    }

    /// The same file, yanked.
    pub(crate) fn yanked(mut self, reason: &str) -> Self {
        self.yanked = Some(reason.to_owned());
        self
    }

    /// SHA-256 in hexadecimal.
    pub(crate) fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Writes the file into `folder` and returns its path.
    pub(crate) fn write_to(&self, folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(&self.filename);
        fs::write(&path, &self.bytes).unwrap();
        path
    }
}

/// SHA-256 of `bytes` in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// A project name, normalized (PEP 503).
pub(crate) fn normalize(name: &str) -> String {
    let mut normal = String::new();
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !normal.is_empty() {
            normal.push('-');
        }
        normal.push_str(&part.to_lowercase());
    }
    normal
}
