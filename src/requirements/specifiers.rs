//! Version specifiers (PEP 440) as `packaging` understands them.

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};

use super::error::{ErrorKind, Fault, RequirementsError};
use super::scanner::{split_specifier, strip};

/// Reads specifiers separated by commas; empty ones are allowed, as in `>=1,`.
///
/// `===` is taken only with a version in its normal form: `packaging` compares it as text, which a parsed version no longer is.
pub(super) fn parse(text: &str) -> Result<VersionSpecifiers, Fault> {
    let mut specifiers = Vec::new();
    let mut at = 0;
    for part in text.split(',') {
        if !strip(part).is_empty() {
            specifiers.push(parse_one(part).map_err(|kind| kind.at(at + part.len() - part.trim_start().len()))?);
        }
        at += part.len() + 1;
    }
    Ok(specifiers.into_iter().collect())
}

/// Reads specifiers separated by commas, such as `Requires-Python` holds.
///
/// # Errors
/// Text that is none; [`RequirementsError::is_unsupported`] tells what only `packaging` can read.
pub fn parse_specifiers(text: &str) -> Result<VersionSpecifiers, RequirementsError> {
    parse(text).map_err(|fault| fault.alone(text))
}

/// The specifiers in `text`, each as it is written there but for white space.
pub fn spelled_specifiers(text: &str) -> impl Iterator<Item = String> {
    text.split(',')
        .filter_map(split_specifier)
        .map(|(operator, version)| format!("{operator}{version}"))
}

pub(super) fn parse_one(text: &str) -> Result<VersionSpecifier, ErrorKind> {
    let Some((operator, version)) = split_specifier(text) else {
        return Err(ErrorKind::syntax(format!("invalid specifier '{}'", strip(text))));
    };
    let beyond = || ErrorKind::Unsupported(format!("snapenv cannot read the version of '{}'", strip(text)));
    let specifier: VersionSpecifier = format!("{operator}{version}").parse().map_err(|_| beyond())?;
    let normal = specifier.version().to_string();
    if operator == "===" && normal != version.to_lowercase() {
        return Err(beyond());
    }
    Ok(specifier)
}

/// Whether the version satisfies all specifiers, by the rules of the `packaging` release in pip 26.3, pre-releases allowed.
///
/// `VersionSpecifiers::contains` of `pep440_rs` 0.7 differs: it finds `2` in `==2.1.*`, and no `1.0b1` in `<1.0rc1`.
pub fn contains(specifiers: &VersionSpecifiers, version: &Version) -> bool {
    specifiers.iter().all(|specifier| contains_one(specifier, version))
}

pub(super) fn contains_one(specifier: &VersionSpecifier, version: &Version) -> bool {
    let wanted = specifier.version();
    let public = || version.clone().without_local();
    let equals = || {
        if wanted.is_local() {
            version == wanted
        } else {
            public() == *wanted
        }
    };
    match specifier.operator() {
        Operator::Equal => equals(),
        Operator::NotEqual => !equals(),
        Operator::ExactEqual => version.to_string() == wanted.to_string(),
        Operator::EqualStar => has_prefix(version, wanted, wanted.release()),
        Operator::NotEqualStar => !has_prefix(version, wanted, wanted.release()),
        Operator::TildeEqual => {
            let prefix = wanted.release().split_last().map_or(&[][..], |(_, prefix)| prefix);
            version >= wanted && has_prefix(version, wanted, prefix)
        }
        Operator::LessThanEqual => public() <= *wanted,
        Operator::GreaterThanEqual => version >= wanted,
        Operator::LessThan if wanted.any_prerelease() => version < wanted,
        Operator::LessThan => *version < wanted.clone().with_dev(Some(0)),
        Operator::GreaterThan => is_above(version, wanted),
    }
}

/// `>`: post-releases and local versions of the wanted version are not above it, unless it is a post-release itself.
fn is_above(version: &Version, wanted: &Version) -> bool {
    // The next version that can follow a development or post-release.
    if let Some(dev) = wanted.dev() {
        return *version >= wanted.clone().with_dev(Some(dev.saturating_add(1)));
    }
    if let Some(post) = wanted.post() {
        return *version >= wanted.clone().with_post(Some(post.saturating_add(1))).with_dev(Some(0));
    }
    let same = version.epoch() == wanted.epoch()
        && version.pre() == wanted.pre()
        && Version::new(version.release()) == Version::new(wanted.release());
    version > wanted && !same
}

/// Whether the version's release, filled up with zeros, begins with `prefix`, in the same epoch.
fn has_prefix(version: &Version, wanted: &Version, prefix: &[u64]) -> bool {
    let filled = version.release().iter().copied().chain(std::iter::repeat(0));
    version.epoch() == wanted.epoch() && prefix.iter().copied().zip(filled).all(|(a, b)| a == b)
}

/// Whether a specifier names a pre-release, and so asks for them all; those that only exclude one do not.
pub fn names_prerelease(specifiers: &VersionSpecifiers) -> bool {
    let excludes = [Operator::NotEqual, Operator::NotEqualStar];
    let mut asking = specifiers.iter().filter(|one| !excludes.contains(one.operator()));
    asking.any(|specifier| specifier.version().any_prerelease())
}

/// Whether there is an `==` without wildcard or an `===`, satisfiable or not: the project counts as pinned by its user.
pub fn has_pin(specifiers: &VersionSpecifiers) -> bool {
    let pins = [Operator::Equal, Operator::ExactEqual];
    specifiers.iter().any(|specifier| pins.contains(specifier.operator()))
}

/// The version that the specifiers pin: exactly one `==` without wildcard or `===`, which also satisfies all others.
pub fn pinned(specifiers: &VersionSpecifiers) -> Option<&Version> {
    let mut pins = specifiers
        .iter()
        .filter(|specifier| matches!(specifier.operator(), Operator::Equal | Operator::ExactEqual))
        .map(VersionSpecifier::version);
    let pin = pins.next()?;
    (pins.next().is_none() && contains(specifiers, pin)).then_some(pin)
}

/// The specifiers in one canonical order and spelling, such as `!=2.0,>=1.5`.
pub fn canonical(specifiers: &VersionSpecifiers) -> String {
    let mut texts: Vec<_> = specifiers.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.dedup();
    texts.join(",")
}

#[cfg(test)]
mod tests;
