//! Dependency specifiers: PEP 508 in the dialect of the `packaging` release in pip 26.3.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use pep440_rs::VersionSpecifiers;
use pep508_rs::{ExtraName, PackageName};

use super::error::{ErrorKind, Fault, RequirementsError};
use super::link::Link;
use super::marker::Marker;
use super::scanner::Scanner;
use super::specifiers::{self, canonical};

/// A dependency specifier, such as `requests[socks] >= 2.8.1 ; python_version < "3"`. `Display` prints it in one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Name of the project.
    pub name: PackageName,
    /// The extras asked for.
    pub extras: BTreeSet<ExtraName>,
    /// Which versions, or where from.
    pub source: Source,
    /// When it applies; always if there is none.
    pub marker: Option<Marker>,
}

/// What stands between name and marker of a dependency specifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Versions from an index; none given allows all.
    Versions(VersionSpecifiers),
    /// A direct reference (`@ URL`).
    Url(Link),
}

/// Reads a dependency specifier as metadata (`Requires-Dist`) and `pyproject.toml` hold them.
///
/// Accepted here (as by `packaging`) and not by `pep508_rs`: a trailing comma (`>=1,`), empty parentheses, `===` in markers,
/// names that look like archives (`a.zip`), URLs that are none to the URL standard. Accepted there and not here: Unicode white
/// space between tokens; and, left to pip, `===` with a version in another than its normal form. Names that end in punctuation
/// (`a.>`) make it panic.
///
/// # Errors
/// As pip's for what is no specifier. [`RequirementsError::is_unsupported`] for what `packaging` reads and snapenv does not:
/// names that end in `_`, `===` with anything but a version in normal form, numbers beyond 64 bits, and the markers named at
/// [`Marker::parse`].
pub fn parse_dependency(text: &str) -> Result<Dependency, RequirementsError> {
    parse(text).map_err(|fault| fault.alone(text))
}

/// The name that a dependency specifier begins with, as it is spelled.
pub fn spelled_name(text: &str) -> Option<&str> {
    let mut scanner = Scanner::new(text);
    scanner.blank();
    scanner.identifier()
}

pub(super) fn parse(text: &str) -> Result<Dependency, Fault> {
    let mut scanner = Scanner::new(text);
    scanner.blank();
    let at = scanner.at();
    let Some(name) = scanner.identifier() else {
        return Err(ErrorKind::syntax("expected package name at the start of dependency specifier").at(at));
    };
    let name =
        PackageName::new(name.to_owned()).map_err(|_| ErrorKind::Unsupported(format!("the project name '{name}'")).at(at))?;
    scanner.blank();
    let extras = scan_extras(&mut scanner)?;
    scanner.blank();
    let source = if scanner.eat("@") {
        scan_url(&mut scanner)?
    } else {
        scan_versions(&mut scanner)?
    };
    let marker = if scanner.is_done() {
        None
    } else if scanner.eat(";") {
        Some(Marker::scan(&mut scanner, 0)?)
    } else {
        return Err(ErrorKind::syntax(expected(&source)).at(scanner.at()));
    };
    if !scanner.is_done() {
        return Err(ErrorKind::syntax("expected `and`, `or` or the end of the marker").at(scanner.at()));
    }
    Ok(Dependency {
        name,
        extras,
        source,
        marker,
    })
}

fn expected(source: &Source) -> &'static str {
    match source {
        Source::Versions(specifiers) if specifiers.is_empty() => {
            "expected one of `==`, `<=`, `>=`, `<`, `>`, `~=`, `!=`, `===`, `@`, `;` or the end"
        }
        Source::Versions(_) => "expected `,` (within version specifier), `;` (after version specifier) or the end",
        Source::Url(_) => "expected `;` (after URL and white space) or the end",
    }
}

/// Reads `[a, b]`, where there is one.
pub(super) fn scan_extras(scanner: &mut Scanner<'_>) -> Result<BTreeSet<ExtraName>, Fault> {
    let mut extras = BTreeSet::new();
    if !scanner.eat("[") {
        return Ok(extras);
    }
    scanner.blank();
    let mut first = true;
    loop {
        let at = scanner.at();
        match scanner.identifier() {
            Some(name) => {
                let extra =
                    ExtraName::from_str(name).map_err(|_| ErrorKind::Unsupported(format!("the extra '{name}'")).at(at))?;
                extras.insert(extra);
            }
            None if first => {}
            None => return Err(ErrorKind::syntax("expected extra name after comma").at(at)),
        }
        scanner.blank();
        if scanner.eat("]") {
            return Ok(extras);
        }
        if extras.is_empty() || !scanner.eat(",") {
            return Err(ErrorKind::syntax("expected `]` after the extras, or a comma between them").at(scanner.at()));
        }
        first = false;
        scanner.blank();
    }
}

fn scan_url(scanner: &mut Scanner<'_>) -> Result<Source, Fault> {
    scanner.blank();
    let at = scanner.at();
    let Some(url) = scanner.until_blank() else {
        return Err(ErrorKind::syntax("expected URL after `@`").at(at));
    };
    scanner.blank();
    Ok(Source::Url(Link::new(url)))
}

fn scan_versions(scanner: &mut Scanner<'_>) -> Result<Source, Fault> {
    let parenthesized = scanner.eat("(");
    scanner.blank();
    let start = scanner.at();
    let mut text = String::new();
    while let Some(specifier) = scanner.specifier() {
        text.push_str(specifier);
        if scanner.rest().starts_with(".*") {
            let message = "a `.*` suffix is for `==` and `!=` with a release only";
            return Err(ErrorKind::syntax(message).at(scanner.at()));
        }
        if scanner.rest().starts_with('+') {
            let message = "a local version label is for `==` and `!=` only";
            return Err(ErrorKind::syntax(message).at(scanner.at()));
        }
        scanner.blank();
        if !scanner.eat(",") {
            break;
        }
        text.push(',');
        scanner.blank();
    }
    if parenthesized && !scanner.eat(")") {
        return Err(ErrorKind::syntax("expected `)` after version specifier").at(scanner.at()));
    }
    scanner.blank();
    let specifiers = specifiers::parse(&text).map_err(|fault| fault.kind.at(start))?;
    Ok(Source::Versions(specifiers))
}

impl fmt::Display for Dependency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.name)?;
        write_extras(formatter, &self.extras)?;
        match &self.source {
            Source::Versions(specifiers) => formatter.write_str(&canonical(specifiers))?,
            Source::Url(link) => write!(formatter, " @ {}", link.without_credentials())?,
        }
        match (&self.marker, &self.source) {
            (Some(marker), Source::Url(_)) => write!(formatter, " ; {marker}"),
            (Some(marker), Source::Versions(_)) => write!(formatter, "; {marker}"),
            (None, _) => Ok(()),
        }
    }
}

/// `[a,b]`, or nothing.
pub(super) fn write_extras(formatter: &mut fmt::Formatter<'_>, extras: &BTreeSet<ExtraName>) -> fmt::Result {
    if extras.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = extras.iter().map(AsRef::as_ref).collect();
    write!(formatter, "[{}]", names.join(","))
}

#[cfg(test)]
mod tests;
