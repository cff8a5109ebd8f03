//! Environments that are in use: what they are, and what is installed in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::installed::{Installed, installed};
use super::skeleton::SystemSite;

/// An environment that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Living {
    /// Its folder, absolute.
    pub folder: PathBuf,
    /// Whether the interpreter's own distributions are visible in it.
    pub system: SystemSite,
}

/// Something that only pip can make sense of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Metadata that cannot be read.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf),
    /// Two distributions of one project in one folder.
    #[error("{} is one of two for the same project", .0.display())]
    Twice(PathBuf),
    /// Left by setuptools' `develop`, or by a pip that was interrupted.
    #[error("{} is of a kind that only pip knows", .0.display())]
    Legacy(PathBuf),
}

impl Living {
    /// The environment in `folder`, if there is one (PEP 405).
    pub fn open(folder: &Path) -> Option<Self> {
        let config = fs::read_to_string(folder.join("pyvenv.cfg")).ok()?;
        let living = Self {
            folder: folder.to_owned(),
            system: if sees_system(&config) {
                SystemSite::Visible
            } else {
                SystemSite::Hidden
            },
        };
        living.python().exists().then_some(living)
    }

    /// The environment that an interpreter belongs to, if it belongs to one.
    pub fn of_interpreter(python: &Path) -> Option<Self> {
        Self::open(python.parent()?.parent()?)
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }
}

fn sees_system(config: &str) -> bool {
    config.lines().filter_map(|line| line.split_once('=')).any(|(key, value)| {
        key.trim().eq_ignore_ascii_case("include-system-site-packages") && value.trim().eq_ignore_ascii_case("true")
    })
}

/// What is installed in folders of modules, the first of each project: what Python would import.
///
/// # Errors
/// When something is there that only pip can make sense of.
pub fn survey(folders: &[PathBuf]) -> Result<Vec<Installed>, Unclear> {
    let mut found: Vec<Installed> = Vec::new();
    let mut names = BTreeSet::new();
    for folder in folders {
        let here = survey_one(folder)?;
        let mut seen = BTreeSet::new();
        for installed in here {
            if !seen.insert(installed.name.clone()) {
                return Err(Unclear::Twice(installed.path));
            }
            if names.insert(installed.name.clone()) {
                found.push(installed);
            }
        }
    }
    Ok(found)
}

fn survey_one(folder: &Path) -> Result<Vec<Installed>, Unclear> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("egg-link") => return Err(Unclear::Legacy(path)),
            Some("dist-info" | "egg-info") => {}
            _ => continue,
        }
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"~")) {
            return Err(Unclear::Legacy(path));
        }
        found.push(installed(&path).ok_or(Unclear::Unreadable(path))?);
    }
    Ok(found)
}

/// Site folders with those that their `.pth` files add, in the order in which `site` would put them on `sys.path`.
pub fn with_path_files(folders: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut read = BTreeSet::new();
    for folder in folders {
        if !read.insert(folder.clone()) {
            continue;
        }
        let added = added_by_path_files(&folder);
        // One that a `.pth` file has added already may have such files itself.
        if !all.contains(&folder) {
            all.push(folder);
        }
        for path in added {
            if !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all
}

fn added_by_path_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pth"))
        .filter(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")))
        .collect();
    files.sort();
    let lines = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .flat_map(|text| {
            let paths = text.lines().map(str::trim_end);
            let paths = paths.filter(|line| !line.is_empty() && !line.starts_with('#'));
            let code = |line: &&str| line.starts_with("import ") || line.starts_with("import\t");
            paths
                .filter(|line| !code(line))
                .map(|line| folder.join(line))
                .collect::<Vec<_>>()
        });
    lines.filter(|path| path.is_dir()).collect()
}
