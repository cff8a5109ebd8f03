//! Generated scripts of entry points.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::Difference;

/// Paths of the scripts that installers generate for the `entry_points.txt` files of an environment.
pub(super) fn generated<'a>(root: &Path, files: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    let mut scripts = BTreeSet::new();
    for path in files.filter(|path| path.ends_with(".dist-info/entry_points.txt")) {
        let text = fs::read_to_string(root.join(path)).unwrap_or_default();
        for name in names(&text) {
            scripts.insert(format!("bin/{name}"));
            if name == "pip" {
                // pip adds its versioned name whatever its metadata says.
                let python = path.split('/').find_map(|part| part.strip_prefix("python"));
                scripts.extend(["3", python.unwrap_or_default()].map(|version| format!("bin/pip{version}")));
            }
        }
    }
    scripts
}

/// Names under `[console_scripts]` and `[gui_scripts]`.
fn names(text: &str) -> Vec<String> {
    let mut section = "";
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if matches!(section, "[console_scripts]" | "[gui_scripts]") && !line.starts_with(['#', ';']) {
            found.extend(line.split_once('=').map(|(name, _)| name.trim().to_owned()));
        }
    }
    found
}

/// Compares the part of a generated script that decides which interpreter runs it.
pub(super) fn compare(path: &str, pip: &[u8], ours: &[u8]) -> Option<Difference> {
    let (pip, ours) = (head(pip), head(ours));
    (pip != ours).then(|| Difference::Script {
        path: path.to_owned(),
        what: format!("starts with {ours:?} instead of {pip:?}"),
    })
}

/// The first line; of the `/bin/sh` form, which pip writes for long or spaced paths, the three that belong to it.
fn head(script: &[u8]) -> String {
    let text = String::from_utf8_lossy(script).into_owned();
    let count = if text.starts_with("#!/bin/sh\n") { 3 } else { 1 };
    text.lines().take(count).collect::<Vec<_>>().join("\n")
}
