//! What is installed in a folder of modules.

use std::fs;
use std::path::{Path, PathBuf};

use crate::wheel::Metadata;

/// An installed distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Normalized project name.
    pub name: String,
    /// Version, as its metadata writes it.
    pub version: String,
    /// BLAKE3 of its metadata file, in hexadecimal.
    pub digest: String,
    /// What its metadata says.
    pub metadata: Metadata,
    /// Its `.dist-info` or `.egg-info`.
    pub path: PathBuf,
}

/// The distributions that are installed in `folder`, sorted by path; what has no readable metadata is passed over, as by pip.
pub fn installed_in(folder: &Path) -> Vec<Installed> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| installed(path)).collect()
}

pub(super) fn installed(path: &Path) -> Option<Installed> {
    let extension = path.extension()?;
    let file = match extension.to_str()? {
        "dist-info" => path.join("METADATA"),
        "egg-info" if path.is_dir() => path.join("PKG-INFO"),
        "egg-info" => path.to_owned(),
        _ => return None,
    };
    let content = fs::read(&file).ok()?;
    let metadata = Metadata::parse(&content).ok()?;
    let name: pep508_rs::PackageName = metadata.name.parse().ok()?;
    Some(Installed {
        name: name.to_string(),
        version: metadata.version.clone(),
        digest: blake3::hash(&content).to_hex().to_string(),
        metadata,
        path: path.to_owned(),
    })
}
