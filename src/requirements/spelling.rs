//! A requirement as it is written.

use std::collections::BTreeSet;
use std::fmt;

use super::scanner::{Scanner, split_specifier};

/// A requirement as it is written: pip keeps the spelling of names, extras and versions, compares by their meaning, and prints the spelling. `Display` is pip's,
/// without URL and marker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spelling {
    /// Name of the project.
    pub name: String,
    /// The extras asked for.
    pub extras: BTreeSet<String>,
    /// Its version specifiers, without white space.
    pub specifiers: BTreeSet<String>,
}

impl Spelling {
    /// That of a dependency specifier; nothing where no name comes first. What is wrong further behind ends it.
    pub fn of(text: &str) -> Option<Self> {
        let mut scanner = Scanner::new(text);
        scanner.blank();
        let name = scanner.identifier()?.to_owned();
        scanner.blank();
        let mut extras = BTreeSet::new();
        if scanner.eat("[") {
            loop {
                scanner.blank();
                extras.extend(scanner.identifier().map(ToOwned::to_owned));
                scanner.blank();
                if !scanner.eat(",") {
                    break;
                }
            }
            scanner.eat("]");
            scanner.blank();
        }
        if scanner.eat("(") {
            scanner.blank();
        }
        let mut specifiers = BTreeSet::new();
        while let Some(text) = scanner.specifier() {
            // To the grammar, commas are part of what stands behind `===`.
            let each = text.split(',').filter_map(split_specifier);
            specifiers.extend(each.map(|(operator, version)| format!("{operator}{version}")));
            scanner.blank();
            if !scanner.eat(",") {
                break;
            }
            scanner.blank();
        }
        Some(Self {
            name,
            extras,
            specifiers,
        })
    }

    /// A name with nothing else.
    pub fn name(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// The same without extras.
    #[must_use]
    pub fn without_extras(&self) -> Self {
        Self {
            extras: BTreeSet::new(),
            ..self.clone()
        }
    }

    /// The specifiers as one text.
    pub fn versions(&self) -> String {
        joined(&self.specifiers)
    }
}

fn joined(texts: &BTreeSet<String>) -> String {
    texts.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

impl fmt::Display for Spelling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        if !self.extras.is_empty() {
            write!(formatter, "[{}]", joined(&self.extras))?;
        }
        formatter.write_str(&self.versions())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts are those of `str(Requirement(...))` of the `packaging` in pip 26.3, without marker and URL.
    #[test]
    fn what_is_written_is_kept_and_sorted() {
        for (text, written) in [
            (
                "Spelled[With_Under.score,B]>=1.0,<2.0dev",
                "Spelled[B,With_Under.score]<2.0dev,>=1.0",
            ),
            (" a_B ( >= 1.0.0-Beta , != v2 ) ; extra == 'x'", "a_B!=v2,>=1.0.0-Beta"),
            ("a[ x , X ] @ https://example.org/a.zip", "a[X,x]"),
            ("a[]==1.*,", "a==1.*"),
            ("a===3.0,<=3.0.dev1", "a<=3.0.dev1,===3.0"),
            ("a", "a"),
        ] {
            assert_eq!(Spelling::of(text).unwrap().to_string(), written, "{text}");
        }
        assert_eq!(Spelling::of("./folder"), None);
    }
}
