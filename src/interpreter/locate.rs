//! Finding the interpreter that is meant. Nothing is started here.

use std::path::{Path, PathBuf};

use super::base::base_of;
use super::pyenv::Pyenv;
use super::search::is_executable;
use super::{InterpreterError, PythonRequest, Search};

/// Finds the base interpreter that a request means, without starting anything.
///
/// - Nothing asked: `python3`, then `python`, on `PATH`.
/// - `3.11`: `python3.11` on `PATH`, then the newest 3.11 among pyenv's versions. `3.11.7` tries pyenv's 3.11.7 first, because only
///   its folder tells the patch version; whoever gets the answer must [check](PythonRequest::check) it.
/// - A name: that name on `PATH`; `pythonX.Y` also among pyenv's versions; else a virtual environment's folder of that name.
/// - A path: the executable, or `bin/python` in the folder.
///
/// pyenv's shims are resolved as pyenv would, and an environment's interpreter stands for the one it is based on.
///
/// # Errors
/// Nothing matches, the match may not be executed, or an environment's base interpreter is gone.
pub fn locate(request: &PythonRequest, search: &Search) -> Result<PathBuf, InterpreterError> {
    let found = match request {
        PythonRequest::Default => by_default(search),
        PythonRequest::Version { .. } => by_version(request, search),
        PythonRequest::Name(name) => named(name, search).or_else(|error| {
            let version = name.strip_prefix("python").filter(|version| version.starts_with('3'));
            version
                .and_then(|version| of_pyenv(version, name, search))
                .or_else(|| in_folder(&search.current_dir.join(name)))
                .ok_or(error)
        }),
        PythonRequest::Path(path) => at_path(&search.current_dir.join(path), search),
    }?;
    base_of(found)
}

fn by_version(request: &PythonRequest, search: &Search) -> Result<PathBuf, InterpreterError> {
    let not_found = || not_found(request);
    let version = request.dotted().ok_or_else(not_found)?;
    let mut parts = version.splitn(3, '.');
    let minor = parts.by_ref().take(2).collect::<Vec<_>>().join(".");
    let name = format!("python{minor}");
    let installed = || of_pyenv(&version, &name, search);
    if parts.next().is_some()
        && let Some(exact) = installed()
    {
        return Ok(exact);
    }
    named(&name, search).or_else(|error| {
        installed().ok_or_else(|| match error {
            InterpreterError::NotFound { .. } => not_found(),
            telling => telling,
        })
    })
}

/// Further interpreters that may be of the version asked for, which only they can tell; none where no version was asked for.
pub(super) fn others(request: &PythonRequest, search: &Search) -> impl Iterator<Item = PathBuf> {
    let names = match request {
        PythonRequest::Version { major, minor, .. } => {
            let exact = minor.map(|minor| format!("python{major}.{minor}"));
            exact
                .into_iter()
                .chain([format!("python{major}"), "python".to_owned()])
                .collect()
        }
        _ => Vec::new(),
    };
    names.into_iter().flat_map(|name| {
        search
            .on_path(&name)
            .filter(|candidate| Pyenv::of_shim(candidate, search).is_none())
            .filter_map(|candidate| base_of(candidate).ok())
            .collect::<Vec<_>>()
    })
}

/// `python3`, then `python`: the latter may be an old system's Python 2. pyenv's complaint says more than "not found".
fn by_default(search: &Search) -> Result<PathBuf, InterpreterError> {
    named("python3", search).or_else(|error| {
        named("python", search).map_err(|_| match error {
            InterpreterError::NotFound { .. } => not_found(&PythonRequest::Default),
            telling => telling,
        })
    })
}

fn not_found(request: &PythonRequest) -> InterpreterError {
    InterpreterError::NotFound {
        request: request.to_string(),
    }
}

/// The first executable of that name on `PATH`; a shim answers for what pyenv would start.
fn named(name: &str, search: &Search) -> Result<PathBuf, InterpreterError> {
    let candidate = search
        .on_path(name)
        .next()
        .ok_or_else(|| not_found(&PythonRequest::Name(name.to_owned())))?;
    match Pyenv::of_shim(&candidate, search) {
        Some(pyenv) => through(&pyenv, name, search),
        None => Ok(candidate),
    }
}

/// What pyenv would start for that name: the selected versions in order, and the system's last.
fn through(pyenv: &Pyenv, name: &str, search: &Search) -> Result<PathBuf, InterpreterError> {
    let selection = pyenv.selection(search);
    let system = "system".to_owned();
    let mut missing = Vec::new();
    for version in selection.versions.iter().chain([&system]) {
        let found = if *version == system {
            search
                .on_path(name)
                .find(|candidate| Pyenv::of_shim(candidate, search).is_none())
        } else {
            if pyenv.installed(version).is_none() {
                missing.push(version.as_str());
            }
            pyenv.executable(version, name)
        };
        if let Some(found) = found {
            return Ok(found);
        }
    }
    if missing.is_empty() {
        return Err(not_found(&PythonRequest::Name(name.to_owned())));
    }
    Err(InterpreterError::PyenvVersionMissing {
        name: name.to_owned(),
        versions: missing.join(", "),
        origin: selection.origin,
    })
}

/// An installed version of pyenv, selected or not.
fn of_pyenv(version: &str, name: &str, search: &Search) -> Option<PathBuf> {
    Pyenv::at(search.pyenv_root.clone()?).executable(version, name)
}

fn at_path(path: &Path, search: &Search) -> Result<PathBuf, InterpreterError> {
    if path.is_dir() {
        return in_folder(path).ok_or_else(|| InterpreterError::NoPythonInFolder(path.to_owned()));
    }
    if !path.exists() {
        return Err(InterpreterError::Missing(path.to_owned()));
    }
    if !is_executable(path) {
        return Err(InterpreterError::NotExecutable(path.to_owned()));
    }
    match (Pyenv::of_shim(path, search), path.file_name().and_then(|name| name.to_str())) {
        (Some(pyenv), Some(name)) => through(&pyenv, name, search),
        _ => Ok(path.to_owned()),
    }
}

fn in_folder(folder: &Path) -> Option<PathBuf> {
    ["bin/python", "bin/python3"]
        .iter()
        .map(|name| folder.join(name))
        .find(|file| is_executable(file))
}

#[cfg(test)]
mod tests;
