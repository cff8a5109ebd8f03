//! From the text of a requirement to what it means: a name, a URL or a local path, told apart as pip does.

use std::collections::BTreeSet;
use std::path::Path;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};
use url::Url;

use super::error::{ErrorKind, Fault};
use super::grammar::{self, Dependency, Source};
use super::link::{Link, is_url, redact};
use super::marker::Marker;
use super::path;
use super::place::{Loader, PathKind, Place};
use super::requirement::{Mode, Requirement, Target};
use super::scanner::{Scanner, strip};

/// What telling requirements apart needs to know.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) loader: &'a dyn Loader,
    /// Relative paths in requirements start here, also those in files of other folders.
    pub(super) current_dir: &'a Path,
}

/// Reads one requirement that is not editable. A warning about it goes to `warnings`.
pub(super) fn requirement(text: &str, around: Surroundings<'_>, warnings: &mut Vec<String>) -> Result<Requirement, Fault> {
    let separator = if is_url(text) { "; " } else { ";" };
    let (target, marker) = match text.split_once(separator) {
        Some((target, marker)) => (target, read_marker(marker, target.len() + separator.len())?),
        None => (text, None),
    };
    let start = target.len() - target.trim_start_matches(super::scanner::is_space).len();
    let target = strip(target);
    let mut requirement = if is_url(target) {
        linked(Link::new(target), BTreeSet::new(), around).map_err(|kind| kind.at(start))?
    } else {
        let (path, extras) = path::split_extras(without_trailing_slash(target));
        let extras = match extras {
            Some(brackets) => path_extras(brackets).map_err(|fault| fault.moved(start + path.len()))?,
            None => BTreeSet::new(),
        };
        match local(path, target, around, warnings).map_err(|kind| kind.at(start))? {
            Some(link) => linked(link, extras, around).map_err(|kind| kind.at(start))?,
            None => named(target, around).map_err(|fault| fault.moved(start))?,
        }
    };
    requirement.marker = marker;
    Ok(requirement)
}

fn read_marker(text: &str, offset: usize) -> Result<Option<Marker>, Fault> {
    let inner = strip(text);
    if inner.is_empty() {
        return Ok(None);
    }
    let offset = offset + text.len() - text.trim_start_matches(super::scanner::is_space).len();
    Marker::parse_at(inner).map(Some).map_err(|fault| fault.moved(offset))
}

/// Paths lose trailing slashes before pip looks for extras at their end.
fn without_trailing_slash(text: &str) -> &str {
    let mut text = text;
    while let Some(shorter) = text
        .strip_suffix("/.")
        .or_else(|| text.strip_suffix('/'))
        .filter(|text| text.ends_with(']'))
    {
        text = shorter;
    }
    text
}

/// The extras behind a path; pip lower-cases them.
pub(super) fn path_extras(brackets: &str) -> Result<BTreeSet<ExtraName>, Fault> {
    let lower = brackets.to_lowercase();
    let mut scanner = Scanner::new(&lower);
    let extras = grammar::scan_extras(&mut scanner)?;
    if scanner.is_done() {
        Ok(extras)
    } else {
        Err(ErrorKind::syntax("expected the end of the extras").at(scanner.at()))
    }
}

/// The link of what is a local path, nothing for what is not; `written` is the text with extras.
fn local(text: &str, written: &str, around: Surroundings<'_>, warnings: &mut Vec<String>) -> Result<Option<Link>, ErrorKind> {
    let full = path::absolute(around.current_dir, Path::new(text));
    // Of the many that are plain names, the filesystem is not asked.
    let kind = || around.loader.kind(&full);
    if path::looks_like_path(written) && kind() == PathKind::Folder {
        let holds = |name: &str| around.loader.kind(&full.join(name)) == PathKind::File;
        return if holds("pyproject.toml") || holds("setup.py") {
            Ok(Some(Link::from_path(&full)))
        } else {
            Err(ErrorKind::NotInstallable(redact(written)))
        };
    }
    if !path::is_archive(&full.to_string_lossy()) {
        return Ok(None);
    }
    if kind() != PathKind::File {
        // `name @ url` of an archive looks like a file name with an `@` in it.
        if written
            .split_once('@')
            .is_some_and(|(before, _)| !path::looks_like_path(before))
        {
            return Ok(None);
        }
        warnings.push(format!(
            "requirement '{}' looks like a filename, but the file does not exist",
            redact(written)
        ));
    }
    Ok(Some(Link::from_path(&full)))
}

/// The requirement of a bare URL or path.
fn linked(link: Link, extras: BTreeSet<ExtraName>, around: Surroundings<'_>) -> Result<Requirement, ErrorKind> {
    let link = match link.scheme().as_str() {
        "file" if link.secret().contains("../") => Link::from_path(&path::absolute(around.current_dir, &link.path())),
        _ => link,
    };
    let egg = link.egg()?;
    let name = if link.is_wheel() {
        Some(wheel_name(&link.filename())?)
    } else {
        egg.map(project_name).transpose()?
    };
    Ok(Requirement {
        target: target(name, link, around)?,
        extras,
        marker: None,
    })
}

/// What a link means: by its scheme, and for `file:` by what is there.
fn target(name: Option<PackageName>, link: Link, around: Surroundings<'_>) -> Result<Target, ErrorKind> {
    let mode = Mode::Regular;
    if link.is_vcs() {
        return Ok(Target::Vcs { name, link, mode });
    }
    match link.scheme().as_str() {
        "file" => {
            let Some(path) = link.file_path() else {
                let message = format!("non-local file URIs are not supported: '{link}'");
                return Err(ErrorKind::Unsupported(message));
            };
            let path = path::absolute(around.current_dir, &path);
            Ok(match around.loader.kind(&path) {
                PathKind::Folder => Target::Folder { name, path, link, mode },
                PathKind::File | PathKind::Missing => Target::Archive { name, link },
            })
        }
        "http" | "https" if Url::parse(link.secret()).is_ok() => Ok(Target::Archive { name, link }),
        _ => Err(ErrorKind::Unsupported(format!("the URL '{link}'"))),
    }
}

/// The requirement of a dependency specifier.
fn named(text: &str, around: Surroundings<'_>) -> Result<Requirement, Fault> {
    let dependency = grammar::parse(text).map_err(|fault| explained(fault, text, around))?;
    let Dependency {
        name, extras, source, ..
    } = dependency;
    let target = match source {
        Source::Versions(specifiers) => Target::Index { name, specifiers },
        Source::Url(link) => {
            link.egg().map_err(|kind| kind.at(0))?;
            target(Some(name), link, around).map_err(|kind| kind.at(0))?
        }
    };
    Ok(Requirement {
        target,
        extras,
        marker: None,
    })
}

/// Adds what the user may have meant, as pip does.
fn explained(fault: Fault, text: &str, around: Surroundings<'_>) -> Fault {
    let Fault {
        kind: ErrorKind::Syntax { message, hint: None },
        at,
    } = fault
    else {
        return fault;
    };
    let operators = ["~=", "==", "!=", "<=", ">=", "<", ">"];
    let hint = if text.contains('/') {
        Some(format!("It looks like a path. {}", path_hint(text, around)))
    } else if text.contains('=') && !operators.iter().any(|operator| text.contains(operator)) {
        Some("= is not a valid operator. Did you mean == ?".to_owned())
    } else {
        None
    };
    ErrorKind::Syntax { message, hint }.at(at)
}

fn path_hint(text: &str, around: Surroundings<'_>) -> String {
    let full = path::absolute(around.current_dir, Path::new(text));
    let shown = redact(text);
    match around.loader.kind(&full) {
        PathKind::Missing => format!("File '{shown}' does not exist."),
        PathKind::File if holds_requirements(&full, around) => format!(
            "The path does exist. The argument you provided ({shown}) appears to be a requirements file. \
             If that is the case, use the '-r' flag to install the packages specified within it."
        ),
        PathKind::File | PathKind::Folder => "The path does exist.".to_owned(),
    }
}

/// Whether the first line that says something is a requirement.
fn holds_requirements(path: &Path, around: Surroundings<'_>) -> bool {
    let Ok(content) = around.loader.load(&Place::File(path.to_owned())) else {
        return false;
    };
    let content = String::from_utf8_lossy(&content);
    let first = content
        .lines()
        .map(strip)
        .find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_none_or(|line| {
        let line = line.split(" #").next().unwrap_or_default();
        grammar::parse(line.trim_end_matches('\\').trim_end()).is_ok()
    })
}

pub(super) fn project_name(text: &str) -> Result<PackageName, ErrorKind> {
    PackageName::new(text.to_owned()).map_err(|_| ErrorKind::Unsupported(format!("the project name '{text}'")))
}

/// The project name in a wheel's file name (the binary distribution format).
fn wheel_name(filename: &str) -> Result<PackageName, ErrorKind> {
    let wrong = || ErrorKind::WheelName(filename.to_owned());
    let stem = filename.strip_suffix(".whl").ok_or_else(wrong)?;
    let parts: Vec<_> = stem.split('-').collect();
    let (name, version, build, tags) = match parts.as_slice() {
        [name, version, tags @ ..] if tags.len() == 3 => (*name, *version, None, tags),
        [name, version, build, tags @ ..] if tags.len() == 3 => (*name, *version, Some(*build), tags),
        _ => return Err(wrong()),
    };
    let name_fits =
        !name.is_empty() && !name.contains("__") && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let build_fits = build.is_none_or(|build| build.starts_with(|c: char| c.is_ascii_digit()));
    let tags_fit = tags.iter().all(|tag| tag.split('.').all(|part| !part.is_empty()));
    if !(name_fits && build_fits && tags_fit && version.parse::<Version>().is_ok()) {
        return Err(wrong());
    }
    project_name(name)
}
