//! What is expected of each file.

use std::fs;
use std::path::{Path, PathBuf};

/// What is to become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is refused; the text is part of the reason.
    Refused,
    /// It is installed with a warning; the text is part of it.
    Warned,
    /// It is installed without a word.
    Installed,
}

/// A line of the manifest.
pub(super) struct Case {
    /// The file, relative to the manifest.
    pub(super) file: String,
    /// `wheel`, `sdist` or `archive`.
    pub(super) kind: String,
    pub(super) verdict: Verdict,
    pub(super) text: String,
    /// What pip does: `refused` or `installed`.
    pub(super) pip: String,
}

impl Case {
    /// What the case is about: the project, or the name of an archive.
    pub(super) fn name(&self) -> String {
        let name = self.file.rsplit('/').next().unwrap();
        let end = name.find("-1.0").or_else(|| name.find('.')).unwrap();
        name[..end].replace('_', "-")
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn folder() -> PathBuf {
    root().join("fixtures/hostile")
}

pub(super) fn cases() -> Vec<Case> {
    let text = fs::read_to_string(folder().join("manifest.txt")).unwrap();
    text.lines().map(parse).collect()
}

fn parse(line: &str) -> Case {
    let mut fields = line.split(" | ").map(str::to_owned);
    let mut field = || fields.next().unwrap_or_else(|| panic!("a field is missing: {line}"));
    Case {
        file: field(),
        kind: field(),
        verdict: match field().as_str() {
            "refused" => Verdict::Refused,
            "warned" => Verdict::Warned,
            "installed" => Verdict::Installed,
            other => panic!("{other} is no verdict"),
        },
        text: field(),
        pip: field(),
    }
}
