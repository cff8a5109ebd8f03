//! Paths inside an environment: relative to it, `/`-separated, never leaving it.

/// `os.path.normpath` of POSIX: without empty and `.` parts, and with `..` resolved where something precedes it.
pub(super) fn normalize(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// Whether a normalized path leads to something below where it starts.
pub(super) fn is_below(normalized: &str) -> bool {
    !normalized.is_empty() && !normalized.starts_with('/') && normalized.split('/').next() != Some("..")
}

/// `folder/path`, or `path` where `folder` is the environment itself.
pub(super) fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}

/// The way from the folder `start` to `path`, as RECORD writes it.
pub fn relative(path: &str, start: &str) -> String {
    let path: Vec<&str> = path.split('/').collect();
    let start: Vec<&str> = start.split('/').filter(|part| !part.is_empty()).collect();
    let shared = path.iter().zip(&start).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", start.len() - shared);
    up.chain(path[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// Folder and name of a path.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_paths_are_pythons() {
        for (path, expected) in [
            ("a//b/./c/", "a/b/c"),
            ("a/../b", "b"),
            ("../a/../..", "../.."),
            ("/../a", "/a"),
            ("./.", ""),
            ("a/..", ""),
        ] {
            assert_eq!(normalize(path), expected, "{path}");
        }
        assert!(is_below("a/b") && is_below("..a/b"));
        assert!(!is_below("../a") && !is_below("/a") && !is_below("") && !is_below(".."));
    }

    #[test]
    fn ways_lead_up_and_down() {
        let library = "lib/python3.11/site-packages";
        assert_eq!(relative("lib/python3.11/site-packages/a/b.py", library), "a/b.py");
        assert_eq!(relative("bin/x", library), "../../../bin/x");
        assert_eq!(relative("lib/python3.11/x", library), "../x");
        assert_eq!(relative("a", ""), "a");
    }
}
