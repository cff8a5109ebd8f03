//! All entries below a folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::artifact::sha256;

/// Files that belong to the environment itself, not to what is installed in it.
pub(crate) const SKELETON: [&str; 10] = [
    "pyvenv.cfg",
    ".gitignore",
    "bin/activate",
    "bin/activate.csh",
    "bin/activate.fish",
    "bin/Activate.ps1",
    "bin/activate.nu",
    "bin/activate.ps1",
    "bin/activate_this.py",
    "CACHEDIR.TAG",
];

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A folder with its permission bits.
    Folder(u32),
    /// A file with its permission bits.
    File(u32),
    /// A symbolic link and its target.
    Link(PathBuf),
}

/// Entries by path, relative to the folder that was listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Listing(pub(crate) BTreeMap<String, Entry>);

impl Listing {
    /// Lists `folder`; a missing one is empty.
    pub(crate) fn of(folder: &Path) -> Self {
        let mut entries = BTreeMap::new();
        if !folder.exists() {
            return Self(entries);
        }
        for entry in WalkDir::new(folder).min_depth(1) {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            let metadata = entry.path().symlink_metadata().unwrap();
            let mode = metadata.permissions().mode() & 0o7777;
            let value = if metadata.is_dir() {
                Entry::Folder(mode)
            } else if metadata.is_symlink() {
                Entry::Link(fs::read_link(entry.path()).unwrap())
            } else {
                Entry::File(mode)
            };
            entries.insert(path, value);
        }
        Self(entries)
    }

    /// Leaves the skeleton of a virtual environment out.
    pub(crate) fn without_skeleton(mut self) -> Self {
        self.0.retain(|path, _| !is_skeleton(path));
        self
    }

    /// Each entry with its mode and the digest of its content, a line each: equal before and after what must change nothing.
    pub(crate) fn fingerprint(folder: &Path) -> String {
        let mut text = String::new();
        for (path, entry) in Self::of(folder).0 {
            let content = match entry {
                Entry::File(_) => sha256(&fs::read(folder.join(&path)).unwrap()),
                Entry::Folder(_) | Entry::Link(_) => String::new(),
            };
            writeln!(text, "{path} {entry:?} {content}").unwrap();
        }
        text
    }
}

fn is_skeleton(path: &str) -> bool {
    let is_python = |name: &str| {
        let version = name.strip_prefix("python").or(name.strip_prefix("𝜋thon"));
        version.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.' || c == 't'))
    };
    SKELETON.contains(&path) || path.strip_prefix("bin/").is_some_and(is_python)
}

#[test]
fn only_interpreters_are_skeleton_among_scripts() {
    assert!(is_skeleton("bin/python3.13t") && is_skeleton("bin/python") && is_skeleton("pyvenv.cfg"));
    assert!(!is_skeleton("bin/python-config") && !is_skeleton("bin/pip3") && !is_skeleton("lib/pyvenv.cfg"));
}

#[test]
fn a_fingerprint_shows_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let mut seen = vec![Listing::fingerprint(folder.path())];
    fs::write(&file, "a").unwrap();
    seen.push(Listing::fingerprint(folder.path()));
    fs::write(&file, "b").unwrap();
    seen.push(Listing::fingerprint(folder.path()));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    seen.push(Listing::fingerprint(folder.path()));
    seen.dedup();
    assert_eq!(seen.len(), 4);
}
