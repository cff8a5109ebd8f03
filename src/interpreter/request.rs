//! The interpreter as the user asks for it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{Facts, InterpreterError};

/// What `-p` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PythonRequest {
    /// Nothing: the Python that a shell would start.
    #[default]
    Default,
    /// A version, exact as far as it is given: `3`, `3.11`, `3.11.7`.
    Version {
        /// 3.
        major: u8,
        /// 11.
        minor: Option<u8>,
        /// 7.
        patch: Option<u16>,
    },
    /// A name on `PATH`, such as `python3.11` or `pypy3`; failing that, a virtual environment's folder in the current one.
    Name(String),
    /// An executable, or the folder of a virtual environment or an installation.
    Path(PathBuf),
}

impl PythonRequest {
    /// Whether an interpreter is of the version that was asked for.
    ///
    /// # Errors
    /// [`InterpreterError::WrongVersion`] when it is not; requests that name no version accept any.
    pub fn check(&self, facts: &Facts) -> Result<(), InterpreterError> {
        let Self::Version { major, minor, patch } = *self else {
            return Ok(());
        };
        let found = facts.version;
        if found.0 == major && minor.is_none_or(|minor| minor == found.1) && patch.is_none_or(|patch| patch == found.2) {
            return Ok(());
        }
        Err(InterpreterError::WrongVersion {
            path: facts.executable.clone(),
            wanted: self.dotted().unwrap_or_default(),
            found: facts.full_version.clone(),
        })
    }

    /// The version as text, where the request is one.
    pub(super) fn dotted(&self) -> Option<String> {
        let Self::Version { major, minor, patch } = self else {
            return None;
        };
        let mut parts = vec![major.to_string()];
        parts.extend(minor.map(|minor| minor.to_string()));
        parts.extend(patch.map(|patch| patch.to_string()));
        Some(parts.join("."))
    }
}

impl FromStr for PythonRequest {
    type Err = InterpreterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InterpreterError::InvalidRequest(text.to_owned());
        if text.is_empty() || text.contains('\0') {
            return Err(invalid());
        }
        if text.contains('/') || text == "." || text == ".." {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Ok(Self::Name(text.to_owned()));
        }
        // The free-threaded build of 3.13 installs itself as `python3.13t`.
        if let Some(version) = text.strip_suffix('t') {
            return match version.parse()? {
                Self::Version {
                    minor: Some(_),
                    patch: None,
                    ..
                } => Ok(Self::Name(format!("python{text}"))),
                _ => Err(invalid()),
            };
        }
        let mut parts = text.split('.');
        let version = Self::Version {
            major: number(parts.next()).ok_or_else(invalid)?,
            minor: parts.next().map(|part| number(Some(part)).ok_or_else(invalid)).transpose()?,
            patch: parts.next().map(|part| number(Some(part)).ok_or_else(invalid)).transpose()?,
        };
        if parts.next().is_some() {
            return Err(invalid());
        }
        Ok(version)
    }
}

fn number<N: FromStr>(part: Option<&str>) -> Option<N> {
    part.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?
        .parse()
        .ok()
}

impl fmt::Display for PythonRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("the default Python (python3 or python)"),
            Self::Version { .. } => {
                write!(formatter, "Python {}", self.dotted().unwrap_or_default())
            }
            Self::Name(name) => write!(formatter, "'{name}'"),
            Self::Path(path) => write!(formatter, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(major: u8, minor: Option<u8>, patch: Option<u16>) -> PythonRequest {
        PythonRequest::Version { major, minor, patch }
    }

    #[test]
    fn text_after_p_is_read_as_people_mean_it() {
        let cases = [
            ("3", version(3, None, None)),
            ("3.11", version(3, Some(11), None)),
            ("3.11.7", version(3, Some(11), Some(7))),
            ("3.13t", PythonRequest::Name("python3.13t".to_owned())),
            ("python3.11", PythonRequest::Name("python3.11".to_owned())),
            ("pypy3", PythonRequest::Name("pypy3".to_owned())),
            (".venv", PythonRequest::Name(".venv".to_owned())),
            ("./python", PythonRequest::Path(PathBuf::from("./python"))),
            (".", PythonRequest::Path(PathBuf::from("."))),
            ("/usr/bin/python3", PythonRequest::Path(PathBuf::from("/usr/bin/python3"))),
        ];
        for (text, request) in cases {
            assert_eq!(text.parse::<PythonRequest>().unwrap(), request, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_hint() {
        for text in ["", "3.", "3.11.7.1", "3.x", "3..1", "3.+1", "999", "3t", "3.11.7t"] {
            let error = text.parse::<PythonRequest>().unwrap_err();
            assert!(matches!(error, InterpreterError::InvalidRequest(_)), "{text}");
            assert!(error.hint().unwrap().contains("3.11"));
        }
    }

    proptest! {
        #[test]
        fn versions_survive_printing(major: u8, minor: Option<u8>, patch: Option<u16>) {
            let request = version(major, minor, patch.filter(|_| minor.is_some()));
            prop_assert_eq!(request.dotted().unwrap().parse::<PythonRequest>().unwrap(), request);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<PythonRequest>();
        }
    }
}
