//! How files of requirements are found: those that the command line names, and those that they include.

use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::error::ErrorKind;
use super::link::redact;
use super::path;
use super::place::{Place, SourceFile, Strength};

/// Deeper includes are left to pip, whose own limit is Python's recursion limit.
const DEEPEST: usize = 50;

/// The file that `name` means on the command line.
pub(super) fn named(name: &str, strength: Strength, current_dir: &Path) -> Result<Arc<SourceFile>, ErrorKind> {
    if is_lock_file(name) && strength == Strength::Requirement {
        return Err(ErrorKind::Unsupported(format!("'{}' is a lock file (PEP 751)", redact(name))));
    }
    let place = if has_url_scheme(name) {
        Place::Url(parse_url(name)?)
    } else {
        Place::File(path::absolute(current_dir, Path::new(name)))
    };
    Ok(Arc::new(SourceFile {
        place,
        name: name.to_owned(),
        strength,
        included_from: None,
    }))
}

/// The file that `name` means in a line of `file`.
pub(super) fn included(
    file: &Arc<SourceFile>,
    line: usize,
    name: &str,
    strength: Strength,
) -> Result<Arc<SourceFile>, ErrorKind> {
    let (place, name) = match &file.place {
        Place::Url(base) => {
            let joined = base
                .join(name)
                .map_err(|_| ErrorKind::Unsupported(format!("the URL '{}'", redact(name))))?;
            (Place::Url(joined.clone()), joined.to_string())
        }
        Place::File(_) if has_url_scheme(name) => (Place::Url(parse_url(name)?), name.to_owned()),
        Place::File(includer) => {
            let full = path::absolute(includer.parent().unwrap_or(includer), Path::new(name));
            let name = full.to_string_lossy().into_owned();
            (Place::File(full), name)
        }
    };
    let mut chain = vec![redact(&name)];
    let mut above = Some(file);
    while let Some(source) = above {
        chain.push(source.to_string());
        if source.place == place {
            chain.reverse();
            return Err(ErrorKind::Cycle {
                last: redact(&name),
                chain,
            });
        }
        above = source.included_from.as_ref().map(|(source, _)| source);
    }
    if chain.len() > DEEPEST {
        return Err(ErrorKind::Unsupported("files that include each other so deeply".to_owned()));
    }
    Ok(Arc::new(SourceFile {
        place,
        name,
        strength,
        included_from: Some((Arc::clone(file), line)),
    }))
}

fn has_url_scheme(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["http:", "https:", "file:"]
        .into_iter()
        .any(|scheme| lower.starts_with(scheme))
}

fn parse_url(name: &str) -> Result<Url, ErrorKind> {
    // `file:name` is relative to pip, and absolute to the URL standard.
    let relative = name.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) && name.get(5..6) != Some("/");
    let url = Url::parse(name).ok().filter(|_| !relative);
    url.ok_or_else(|| ErrorKind::Unsupported(format!("the URL '{}'", redact(name))))
}

/// Whether pip reads the file as `pylock.toml` (PEP 751), extras behind it aside.
fn is_lock_file(name: &str) -> bool {
    let (name, _) = path::split_extras(name);
    let end = name.find(['?', '#']).filter(|_| has_url_scheme(name)).unwrap_or(name.len());
    let path = Path::new(name.get(..end).unwrap_or(name));
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let middle = name.strip_prefix("pylock.").and_then(|name| name.strip_suffix("toml"));
    middle
        .is_some_and(|middle| middle.is_empty() || middle.strip_suffix('.').is_some_and(|id| !id.is_empty() && !id.contains('.')))
}
