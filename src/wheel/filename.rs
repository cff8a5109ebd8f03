//! File names of wheels.

use std::str::FromStr;

use pep440_rs::Version;

/// The file name of a wheel, taken apart (PEP 427, as pip's `packaging` reads it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filename {
    /// The normalized project name (PEP 503).
    pub name: String,
    /// The version.
    pub version: Version,
    /// The build tag: its number, and what follows the number.
    pub build: Option<(u64, String)>,
    /// The tags, as written: Python, ABI and platform, each a set joined by dots (PEP 425).
    pub tags: [String; 3],
}

/// Text that is no file name of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid wheel file name {filename:?}: {problem}")]
pub struct InvalidFilename {
    filename: String,
    problem: &'static str,
}

impl FromStr for Filename {
    type Err = InvalidFilename;

    fn from_str(filename: &str) -> Result<Self, Self::Err> {
        parse(filename).map_err(|problem| InvalidFilename {
            filename: filename.to_owned(),
            problem,
        })
    }
}

fn parse(filename: &str) -> Result<Filename, &'static str> {
    let stem = filename.strip_suffix(".whl").ok_or("the extension must be .whl")?;
    let parts: Vec<&str> = stem.split('-').collect();
    let (name, version, build, tags) = match parts[..] {
        [name, version, python, abi, platform] => (name, version, None, [python, abi, platform]),
        [name, version, build, python, abi, platform] => (name, version, Some(build), [python, abi, platform]),
        _ => return Err("wrong number of parts"),
    };
    let is_word = |character: char| character.is_alphanumeric() || character == '_' || character == '.';
    if name.is_empty() || name.contains("__") || !name.chars().all(is_word) {
        return Err("invalid project name");
    }
    if tags.iter().any(|set| set.split('.').any(str::is_empty)) {
        return Err("empty tag");
    }
    Ok(Filename {
        name: normalize(name),
        version: Version::from_str(version).map_err(|_| "invalid version")?,
        build: build.map(parse_build).transpose()?,
        tags: tags.map(str::to_owned),
    })
}

fn parse_build(build: &str) -> Result<(u64, String), &'static str> {
    let end = build
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(build.len());
    let (number, rest) = build.split_at(end);
    let number = number.parse().map_err(|_| "invalid build number")?;
    Ok((number, rest.to_owned()))
}

/// PEP 503: lower case, and runs of `-`, `_` and `.` as one dash.
pub(super) fn normalize(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    let mut after_separator = false;
    for character in name.chars() {
        let separator = matches!(character, '-' | '_' | '.');
        match separator {
            true if after_separator => {}
            true => normalized.push('-'),
            false => normalized.extend(character.to_lowercase()),
        }
        after_separator = separator;
    }
    normalized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let parsed: Filename = "Foo_Bar.baz-1.0.post1-2abc-py2.py3-none-any.whl".parse().unwrap();
        assert_eq!(parsed.name, "foo-bar-baz");
        assert_eq!(parsed.version, "1.0.post1".parse().unwrap());
        assert_eq!(parsed.build, Some((2, "abc".to_owned())));
        assert_eq!(parsed.tags, ["py2.py3", "none", "any"]);
    }

    #[test]
    fn what_packaging_refuses_is_refused() {
        for filename in [
            "foo-1.0-py3-none-any.zip",
            "foo-1.0-py3-none.whl",
            "foo-1.0-1-2-py3-none-any.whl",
            "foo__bar-1.0-py3-none-any.whl",
            "-1.0-py3-none-any.whl",
            "foo-bar-1.0-py3-none-any.whl",
            "foo-one-py3-none-any.whl",
            "foo-1.0-x1-py3-none-any.whl",
            "foo-1.0-py3..py2-none-any.whl",
        ] {
            assert!(filename.parse::<Filename>().is_err(), "{filename}");
        }
    }

    #[test]
    fn runs_of_separators_are_one_dash() {
        assert_eq!(normalize("Zope.-_Interface"), "zope-interface");
    }
}
