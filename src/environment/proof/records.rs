//! What RECORDs say of the files that they list.

use std::path::{Component, Path, PathBuf};

use super::blueprint::Source;
use crate::wheel::{Row, rows};

/// The files that a RECORD lists, relative to the environment; `library` is what its paths are relative to. Those outside are left out.
pub(super) fn listed(record: &str, library: &Path) -> Vec<(PathBuf, Source)> {
    let rows = rows(record).into_iter();
    rows.filter_map(|row| Some((inside(&library.join(&row.path))?, of(row))))
        .collect()
}

/// What a row tells.
fn of(row: Row) -> Source {
    match row.size.parse() {
        Ok(size) if row.hash.starts_with("sha256=") => Source::Digest { hash: row.hash, size },
        _ => Source::There,
    }
}

/// A path without detours, if it stays within what it is relative to.
pub(super) fn inside(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !plain.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            Component::Normal(name) => plain.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}
