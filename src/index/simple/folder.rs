//! Folders given by `--find-links`.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::address;
use crate::wheel::Filename;

/// What a folder holds, read once.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// HTML pages, by name.
    pub(super) pages: Vec<PathBuf>,
    /// Wheels and sdists: their project and URL.
    files: Vec<(PackageName, String)>,
}

impl Folder {
    /// Reads a folder. Names that are neither a wheel's nor an sdist's are passed over, as pip passes over them.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let mut folder = Self::default();
        for entry in std::fs::read_dir(path)? {
            let path = entry?.path();
            if is_page(&path) {
                folder.pages.push(path);
            } else if let Some(project) = path.file_name().and_then(OsStr::to_str).and_then(project) {
                folder.files.push((project, address::of_path(&path)));
            }
        }
        folder.pages.sort();
        Ok(folder)
    }

    /// The URLs of the files of one project.
    pub(super) fn files_of<'a>(&'a self, project: &'a PackageName) -> impl Iterator<Item = &'a str> {
        let own = self.files.iter().filter(move |(name, _)| name == project);
        own.map(|(_, address)| address.as_str())
    }
}

/// Whether Python's `mimetypes` calls it HTML.
pub(super) fn is_page(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["html", "htm"].iter().any(|html| extension.eq_ignore_ascii_case(html))
}

/// The project of a file name, if `packaging` takes it for that of a wheel or an sdist.
fn project(name: &str) -> Option<PackageName> {
    if let Ok(wheel) = Filename::from_str(name) {
        return PackageName::from_str(&wheel.name).ok();
    }
    let stem = [".tar.gz", ".zip"].iter().find_map(|suffix| name.strip_suffix(suffix))?;
    let (project, version) = stem.rsplit_once('-')?;
    Version::from_str(version).ok()?;
    PackageName::from_str(project).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_read_from_names_of_distributions_only() {
        let of = |name: &str| project(name).map(|name| name.to_string());
        assert_eq!(of("Zope.Interface-1.0-py3-none-any.whl").as_deref(), Some("zope-interface"));
        assert_eq!(of("a-b_c-1.0.tar.gz").as_deref(), Some("a-b-c"));
        for name in ["a-1.0.tgz", "a.zip", "a-b.zip", "a-1.0.tar.bz2", "a-1.0-py3.whl"] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
