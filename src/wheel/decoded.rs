//! Paths that are read from records and manifests: whoever wrote them, they stay within the environment.

use serde::de::{Deserialize, Deserializer, Error};

use super::paths::{is_below, normalize};

/// A path below the environment, as short as it can be.
///
/// # Errors
/// When it is absolute, leads out, or takes a detour.
pub(crate) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, "a path within the environment", is_path)
}

/// The same, or nothing: the environment itself.
///
/// # Errors
/// As [`path`].
pub(crate) fn folder<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, "a folder of the environment", |text| {
        text.is_empty() || is_path(text)
    })
}

/// The name of a file in a folder.
///
/// # Errors
/// When it is none.
pub(crate) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, "the name of a file", is_name)
}

/// The same, or nothing: what is no file has none.
///
/// # Errors
/// As [`name`].
pub(crate) fn name_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, "the name of a file", |text| text.is_empty() || is_name(text))
}

fn is_path(text: &str) -> bool {
    is_below(text) && !text.contains('\0') && normalize(text) == text
}

fn is_name(text: &str) -> bool {
    is_path(text) && !text.contains('/')
}

fn checked<'de, D: Deserializer<'de>>(deserializer: D, what: &str, good: fn(&str) -> bool) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if good(&text) {
        Ok(text)
    } else {
        Err(D::Error::custom(format_args!("{text:?} is not {what}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out_is_no_path() {
        for good in ["a", "a/b", "..a/b", "a b"] {
            assert!(is_path(good), "{good}");
        }
        for bad in ["", ".", "..", "/a", "a/", "a//b", "a/./b", "a/../b", "../a", "a/..", "a\0b"] {
            assert!(!is_path(bad), "{bad}");
            assert!(!is_name(bad), "{bad}");
        }
        assert!(is_name("a") && !is_name("a/b"));
    }
}
