//! File names of archives, as pip reads them on pages.

use crate::requirements::ARCHIVE_EXTENSIONS;
use crate::wheel::spells;

/// Whether pip unpacks files with this extension.
pub(super) fn is_archive(extension: &str) -> bool {
    ARCHIVE_EXTENSIONS.contains(&extension)
}

/// Name and extension; `.tar` belongs to the extension, and leading dots to the name.
pub(super) fn split_extension(file: &str) -> (&str, &str) {
    let dot = file.rfind('.').filter(|dot| file[..*dot].contains(|c: char| c != '.'));
    let (stem, _) = file.split_at(dot.unwrap_or(file.len()));
    let before = stem.len().checked_sub(".tar".len());
    let tar = before.filter(|at| stem.get(*at..).is_some_and(|end| end.eq_ignore_ascii_case(".tar")));
    file.split_at(tar.unwrap_or(stem.len()))
}

/// What follows the project's name (normalized) and a dash; nothing if the name is another one's or nothing follows.
pub(super) fn version_of<'a>(stem: &'a str, project: &str) -> Option<&'a str> {
    let dashes = stem.match_indices('-').map(|(at, _)| at);
    let mut names = dashes.filter(|at| spells(&stem[..*at], project));
    let version = &stem[names.next()? + 1..];
    (!version.is_empty()).then_some(version)
}

/// Takes a Python version off the end, as in `1.0-py3.8`.
pub(super) fn split_python(version: &str) -> (&str, Option<&str>) {
    let cut = version.rsplit_once("-py").filter(|(_, python)| {
        let python = python.as_bytes();
        let [b'1'..=b'3', rest @ ..] = python else { return false };
        matches!(rest, [] | [b'.' | b'0'..=b'9'] | [b'.', b'0'..=b'9'])
    });
    cut.map_or((version, None), |(version, python)| (version, Some(python)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_cut_as_by_pip() {
        for (file, expected) in [
            ("demo-1.0.tar.gz", ("demo-1.0", ".tar.gz")),
            ("demo-1.0.TAR.gz", ("demo-1.0", ".TAR.gz")),
            ("demo-1.0.zip", ("demo-1.0", ".zip")),
            ("demo", ("demo", "")),
            (".zip", (".zip", "")),
            ("..zip", ("..zip", "")),
            (".tar.gz", ("", ".tar.gz")),
            (".tar", ("", ".tar")),
            ("tar.gz", ("tar", ".gz")),
            ("", ("", "")),
        ] {
            assert_eq!(split_extension(file), expected, "{file}");
        }
        assert!(is_archive(".tar.lzma") && !is_archive(".TAR.gz") && !is_archive(".gz") && !is_archive(""));
    }

    #[test]
    fn versions_follow_the_name() {
        for (stem, project, expected) in [
            ("demo-1.0", "demo", Some("1.0")),
            ("De_mo-x-1.0", "de-mo-x", Some("1.0")),
            ("demo-x-1.0", "demo", Some("x-1.0")),
            ("demo-1.0-1", "demo", Some("1.0-1")),
            ("demo--1.0", "demo", Some("-1.0")),
            ("demo-", "demo", None),
            ("demo", "demo", None),
            ("other-1.0", "demo", None),
        ] {
            assert_eq!(version_of(stem, project), expected, "{stem}");
        }
    }

    #[test]
    fn only_old_python_versions_are_taken_off() {
        assert_eq!(split_python("1.0-py3.8"), ("1.0", Some("3.8")));
        assert_eq!(split_python("1.0-py2"), ("1.0", Some("2")));
        assert_eq!(split_python("1.0-py3."), ("1.0", Some("3.")));
        for whole in ["1.0", "1.0-py3.11", "1.0-py4", "1.0-py", "1.0.py3"] {
            assert_eq!(split_python(whole), (whole, None));
        }
    }
}
