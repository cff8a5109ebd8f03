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

/// The file name of a wheel cut into its parts, nothing copied: what [`Filename`] is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The project as the file spells it.
    pub name: &'a str,
    /// The version, not yet looked at.
    pub version: &'a str,
    /// The build tag: its digits (at least one), and what follows them.
    pub build: Option<(&'a str, &'a str)>,
    /// The tags, as written: Python, ABI and platform, each a set joined by dots (PEP 425).
    pub tags: [&'a str; 3],
}

impl<'a> Parts<'a> {
    /// Cuts a file name; what is wrong with it otherwise. Only version and size of the build number are left to be checked.
    ///
    /// # Errors
    /// The reason why it is no file name of a wheel.
    pub fn of(filename: &'a str) -> Result<Self, &'static str> {
        let stem = filename.strip_suffix(".whl").ok_or("the extension must be .whl")?;
        let mut cuts = stem.split('-');
        let mut parts = [""; 6];
        let mut count = 0;
        for cut in &mut cuts {
            *parts.get_mut(count).ok_or("wrong number of parts")? = cut;
            count += 1;
        }
        let (name, version, build, tags) = match (count, parts) {
            (5, [name, version, python, abi, platform, _]) => (name, version, None, [python, abi, platform]),
            (6, [name, version, build, python, abi, platform]) => (name, version, Some(build), [python, abi, platform]),
            _ => return Err("wrong number of parts"),
        };
        let is_word = |character: char| character.is_alphanumeric() || character == '_' || character == '.';
        if name.is_empty() || name.contains("__") || !name.chars().all(is_word) {
            return Err("invalid project name");
        }
        if tags.iter().any(|set| set.split('.').any(str::is_empty)) {
            return Err("empty tag");
        }
        if !tags[0].split('.').all(is_identifier) {
            return Err("invalid Python tag");
        }
        let build = build.map(cut_build).transpose()?;
        Ok(Self {
            name,
            version,
            build,
            tags,
        })
    }
}

fn parse(filename: &str) -> Result<Filename, &'static str> {
    let parts = Parts::of(filename)?;
    let number = |(digits, rest): (&str, &str)| Some((digits.parse().ok()?, rest.to_owned()));
    Ok(Filename {
        name: normalize(parts.name),
        version: Version::from_str(parts.version).map_err(|_| "invalid version")?,
        build: parts
            .build
            .map(|build| number(build).ok_or("invalid build number"))
            .transpose()?,
        tags: parts.tags.map(str::to_owned),
    })
}

/// Python's `str.isidentifier`, as far as tags go.
fn is_identifier(text: &str) -> bool {
    let is_inner = |character: char| character.is_alphanumeric() || character == '_';
    text.chars().all(is_inner) && !text.starts_with(char::is_numeric)
}

fn cut_build(build: &str) -> Result<(&str, &str), &'static str> {
    let end = build
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(build.len());
    match build.split_at(end) {
        ("", _) => Err("invalid build number"),
        cut => Ok(cut),
    }
}

/// PEP 503: lower case, and runs of `-`, `_` and `.` as one dash.
pub(super) fn normalize(name: &str) -> String {
    normalized(name).collect()
}

/// Whether `name` is a spelling of a project whose normalized name (PEP 503) is `project`.
pub fn spells(name: &str, project: &str) -> bool {
    normalized(name).eq(project.chars())
}

fn normalized(name: &str) -> impl Iterator<Item = char> {
    let mut after_separator = false;
    name.chars().flat_map(move |character| {
        let separator = matches!(character, '-' | '_' | '.');
        let dash = (separator && !after_separator).then_some('-');
        after_separator = separator;
        let letters = (!separator).then(|| character.to_lowercase());
        dash.into_iter().chain(letters.into_iter().flatten())
    })
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
            "foo-1.0-py3.3-none-any.whl",
        ] {
            assert!(filename.parse::<Filename>().is_err(), "{filename}");
        }
    }

    #[test]
    fn runs_of_separators_are_one_dash() {
        assert_eq!(normalize("Zope.-_Interface"), "zope-interface");
        assert!(spells("Zope.-_Interface", "zope-interface"));
        assert!(!spells("zope", "zope-interface") && !spells("zope-interface-x", "zope-interface"));
    }
}
