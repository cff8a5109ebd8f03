//! What may follow `-e`: a folder, a `file:` URL, a VCS URL, or `name @` one of the URLs.

use std::collections::BTreeSet;
use std::path::Path;

use pep508_rs::{ExtraName, PackageName};

use super::classify::{Surroundings, path_extras, project_name};
use super::error::{ErrorKind, Fault};
use super::grammar::{self, Dependency, Source};
use super::link::{Link, redact};
use super::path;
use super::place::PathKind;
use super::requirement::{Mode, Requirement, Target};

/// Reads one editable requirement.
pub(super) fn requirement(text: &str, around: Surroundings<'_>) -> Result<Requirement, Fault> {
    match grammar::parse(text) {
        Ok(Dependency {
            name,
            extras,
            source: Source::Url(link),
            marker,
        }) => {
            link.egg().map_err(|kind| kind.at(0))?;
            let target = target(text, Some(name), link, around).map_err(|kind| kind.at(0))?;
            return Ok(Requirement { target, extras, marker });
        }
        Err(fault) if matches!(fault.kind, ErrorKind::Unsupported(_)) => return Err(fault),
        Ok(_) | Err(_) => {}
    }
    let (bare, brackets) = path::split_extras(text);
    let extras = match brackets {
        Some(brackets) => path_extras(brackets).map_err(|fault| fault.moved(bare.len()))?,
        None => BTreeSet::new(),
    };
    let (link, extras) = located(text, bare, extras, around);
    let name = link.egg().and_then(|egg| egg.map(project_name).transpose());
    let target = name
        .and_then(|name| target(text, name, link, around))
        .map_err(|kind| kind.at(0))?;
    Ok(Requirement {
        target,
        extras,
        marker: None,
    })
}

/// The link in pip's own syntax, with the extras that count for it: those of a folder, none of a repository.
fn located(text: &str, bare: &str, extras: BTreeSet<ExtraName>, around: Surroundings<'_>) -> (Link, BTreeSet<ExtraName>) {
    let full = path::absolute(around.current_dir, Path::new(bare));
    if around.loader.kind(&full) == PathKind::Folder {
        return (Link::from_path(&full), extras);
    }
    let lower = bare.to_lowercase();
    if lower.starts_with("file:") {
        return (Link::new(bare), extras);
    }
    let prefix = ["git", "hg", "svn", "bzr"]
        .into_iter()
        .find(|system| text.to_lowercase().starts_with(&format!("{system}:")));
    let link = match prefix {
        Some(system) => Link::new(format!("{system}+{text}")),
        None => Link::new(text),
    };
    (link, BTreeSet::new())
}

fn target(text: &str, name: Option<PackageName>, link: Link, around: Surroundings<'_>) -> Result<Target, ErrorKind> {
    let mode = Mode::Editable;
    if link.is_vcs() {
        return match name {
            Some(_) => Ok(Target::Vcs { name, link, mode }),
            None => Err(ErrorKind::Nameless(redact(text))),
        };
    }
    // pip takes it for a share of Windows, which it makes a path of.
    if link.secret().starts_with("\\\\") {
        return Err(ErrorKind::Unsupported(format!("the path '{}'", redact(text))));
    }
    // To the letter, as pip: `FILE:` is refused.
    if !link.secret().starts_with("file:") {
        return Err(ErrorKind::NotEditable(redact(text)));
    }
    let Some(path) = link.file_path() else {
        return Err(ErrorKind::Unsupported(format!(
            "non-local file URIs are not supported: '{link}'"
        )));
    };
    let path = path::absolute(around.current_dir, &path);
    Ok(Target::Folder { name, path, link, mode })
}
