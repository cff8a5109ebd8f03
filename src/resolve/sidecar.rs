//! METADATA that an index serves beside a wheel, held against the wheel's own (PEP 658: they must be identical).

use std::collections::BTreeSet;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};

use super::error::ResolveError;
use crate::requirements::{parse_dependency, parse_specifiers};
use crate::wheel::Metadata;

/// Whether what was resolved by is what the wheel says, field by field of those that resolving needs.
///
/// # Errors
/// The first field in which they differ: the index serves something wrong.
pub fn check_sidecar(beside: &Metadata, within: &Metadata) -> Result<(), ResolveError> {
    let project = format!("{} {}", within.name, within.version);
    let differs = |field: &'static str, beside: String, within: String| ResolveError::Sidecar {
        project,
        field,
        beside,
        within,
    };
    let name = |metadata: &Metadata| metadata.name.parse::<PackageName>().ok();
    if name(beside) != name(within) {
        return Err(differs("Name", beside.name.clone(), within.name.clone()));
    }
    let version = |metadata: &Metadata| metadata.version.parse::<Version>().ok();
    if version(beside) != version(within) {
        return Err(differs("Version", beside.version.clone(), within.version.clone()));
    }
    let (one, other) = (requires(beside), requires(within));
    if one != other {
        return Err(differs("Requires-Dist", only(&one, &other), only(&other, &one)));
    }
    let python = |metadata: &Metadata| {
        let text = metadata.requires_python.clone().unwrap_or_default();
        parse_specifiers(&text).map_or(text, |specifiers| crate::requirements::canonical(&specifiers))
    };
    if python(beside) != python(within) {
        return Err(differs("Requires-Python", python(beside), python(within)));
    }
    let (one, other) = (extras(beside), extras(within));
    if one != other {
        return Err(differs("Provides-Extra", only(&one, &other), only(&other, &one)));
    }
    Ok(())
}

/// In one spelling; what cannot be read stays as it is.
fn requires(metadata: &Metadata) -> BTreeSet<String> {
    let texts = metadata.requires_dist.iter();
    texts
        .map(|text| parse_dependency(text).map_or_else(|_| text.clone(), |dependency| dependency.to_string()))
        .collect()
}

fn extras(metadata: &Metadata) -> BTreeSet<String> {
    let texts = metadata.provides_extra.iter();
    texts
        .map(|text| {
            text.parse()
                .map_or_else(|_| text.clone(), |extra: ExtraName| extra.to_string())
        })
        .collect()
}

/// What the first has and the second has not.
fn only(first: &BTreeSet<String>, second: &BTreeSet<String>) -> String {
    let only: Vec<&str> = first.difference(second).map(String::as_str).collect();
    only.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wheel::Text;

    fn metadata(requires: &[&str], python: Option<&str>, extras: &[&str]) -> Metadata {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Metadata {
            name: "Demo.App".to_owned(),
            version: "1.0".to_owned(),
            requires_dist: owned(requires),
            requires_python: python.map(str::to_owned),
            provides_extra: owned(extras),
            text: Text::default(),
        }
    }

    #[test]
    fn spelling_and_order_do_not_matter() {
        let beside = metadata(&["a>=1", "b ; extra == 'x'"], Some(">=3.8,<4"), &["X_y"]);
        let mut within = metadata(&["B; extra == \"x\"", "a >= 1"], Some("<4, >=3.8"), &["x-y"]);
        "demo-app".clone_into(&mut within.name);
        "1.0.0".clone_into(&mut within.version);
        check_sidecar(&beside, &within).unwrap();
    }

    #[test]
    fn what_differs_is_named() {
        let within = metadata(&["a>=1"], Some(">=3.8"), &[]);
        let field = |beside: &Metadata| match check_sidecar(beside, &within) {
            Err(ResolveError::Sidecar {
                field, beside, within, ..
            }) => (field, beside, within),
            other => panic!("{other:?}"),
        };
        let beside = metadata(&["a>=1", "evil"], Some(">=3.8"), &[]);
        assert_eq!(field(&beside), ("Requires-Dist", "evil".to_owned(), String::new()));
        assert_eq!(field(&metadata(&["a>=1"], None, &[])).0, "Requires-Python");
        assert_eq!(field(&metadata(&["a>=1"], Some(">=3.8"), &["x"])).0, "Provides-Extra");
    }
}
