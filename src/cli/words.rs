//! The words of a command line that pip is to get.

use std::ffi::{OsStr, OsString};

/// What stands behind `install`, with what is ours told apart from what is pip's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// `--python`.
    pub(super) python: Option<String>,
    /// `--offline`.
    pub(super) offline: bool,
    /// Everything that pip knows, as it was typed.
    pub(super) pips: Vec<OsString>,
}

impl Words {
    /// Takes out what pip does not know: `--offline`, `--refresh`, `--max-age`, who resolves, how builds are run, `--timings`, and `--python`, which it takes before its command only.
    pub(super) fn split(words: &[OsString]) -> Self {
        let mut split = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match option(word) {
                Some(("--offline", None)) => split.offline = true,
                Some(
                    ("--timings", _)
                    | ("--refresh" | "--no-locks" | "--install-system-packages", None)
                    | ("--max-age" | "--jobs" | "--build-timeout" | "--resolver", Some(_)),
                ) => {}
                Some(("--max-age" | "--jobs" | "--build-timeout" | "--resolver", None)) => {
                    words.next();
                }
                Some(("--python", Some(value))) => split.python = Some(value.to_owned()),
                Some(("--python", None)) => split.python = words.next().map(|value| value.to_string_lossy().into_owned()),
                Some(("--", None)) => {
                    split.pips.push(word.clone());
                    split.pips.extend(words.by_ref().cloned());
                }
                _ => split.pips.push(word.clone()),
            }
        }
        split
    }

    /// The `--python` of another command of pip's. Behind its command pip accepts it and acts on another environment all the same;
    /// `install` takes it there, so must `uninstall`.
    pub(super) fn named_python(words: &[OsString]) -> Option<String> {
        let mut words = words.iter().take_while(|word| *word != "--");
        while let Some(word) = words.next() {
            match option(word) {
                Some(("--python", Some(value))) => return Some(value.to_owned()),
                Some(("--python", None)) => return words.next().map(|value| value.to_string_lossy().into_owned()),
                _ => {}
            }
        }
        None
    }
}

/// The name and value of a word that is an option.
fn option(word: &OsStr) -> Option<(&str, Option<&str>)> {
    let text = word.to_str().filter(|text| text.starts_with('-'))?;
    Some(match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_is_ours_is_taken_out() {
        let split = Words::split(&words(
            "-q --offline six --max-age 3d --max-age=1h --timings --jobs 3 --timings=x --refresh --python .venv -r a -- --offline",
        ));
        assert_eq!(split.python.as_deref(), Some(".venv"));
        assert!(split.offline);
        assert_eq!(split.pips, words("-q six -r a -- --offline"));
    }

    #[test]
    fn uninstall_acts_on_the_python_that_is_named_behind_it() {
        assert_eq!(Words::named_python(&words("-q --python=x list")).as_deref(), Some("x"));
        assert_eq!(Words::named_python(&words("--python x list")).as_deref(), Some("x"));
        assert_eq!(
            Words::named_python(&words("uninstall --python x -y six")).as_deref(),
            Some("x")
        );
        assert_eq!(Words::named_python(&words("uninstall -y six -- --python x")), None);
    }
}
