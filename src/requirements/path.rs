//! Paths by their text, as pip judges them; nothing here looks at a filesystem.

use std::path::{Component, Path, PathBuf};

/// Extensions of what pip takes for an archive, where the interpreter has all of its compression modules.
pub const ARCHIVE_EXTENSIONS: [&str; 12] = [
    ".zip",
    ".whl",
    ".tar.bz2",
    ".tbz",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

/// The extension with its dot, `.tar` included (`.tar.gz`); empty if there is none.
pub(super) fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some(dot) = name.trim_start_matches('.').rfind('.') else {
        return "";
    };
    let dot = name.len() - name.trim_start_matches('.').len() + dot;
    let before = name.as_bytes().get(dot.saturating_sub(4)..dot).unwrap_or_default();
    let start = if before.eq_ignore_ascii_case(b".tar") { dot - 4 } else { dot };
    name.get(start..).unwrap_or_default()
}

/// Whether pip takes a file of this name for an archive.
pub(super) fn is_archive(path: &str) -> bool {
    ARCHIVE_EXTENSIONS.contains(&extension(path).to_lowercase().as_str())
}

/// Whether pip takes the text for a path: it has a separator or begins with a dot.
pub(super) fn looks_like_path(text: &str) -> bool {
    text.contains('/') || text.starts_with('.')
}

/// Python's `os.path.abspath` with `base` as current folder: by text, links are not followed.
pub(super) fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for component in base.join(path).components() {
        match component {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    out
}

/// Cuts `[extra,...]` off the end of a path or URL; answers with the rest and the brackets with their content.
pub(super) fn split_extras(text: &str) -> (&str, Option<&str>) {
    let whole = (text, None);
    let Some(inner) = text.strip_suffix(']') else {
        return whole;
    };
    let open = inner
        .match_indices('[')
        .map(|(at, _)| at)
        .filter(|&at| at > 0 && at + 1 < inner.len())
        .rfind(|&at| inner.get(at..).is_some_and(|content| !content.contains(']')));
    match open.and_then(|at| text.split_at_checked(at)) {
        Some((path, extras)) => (path.trim_end_matches(super::scanner::is_space), Some(extras)),
        None => whole,
    }
}
