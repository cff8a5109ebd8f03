//! From a virtual environment's interpreter to the one that it is based on.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::InterpreterError;
use super::search::is_executable;

/// Environments made from environments: more than this is a circle.
const LONGEST_CHAIN: usize = 16;

/// The base interpreter of an executable: itself, or what its `pyvenv.cfg` leads to (PEP 405).
///
/// Only Python 3.11 and later know their own base executable on POSIX, so it is not asked.
pub(super) fn base_of(executable: PathBuf) -> Result<PathBuf, InterpreterError> {
    let mut current = executable.clone();
    for _ in 0..LONGEST_CHAIN {
        let Some(config) = config_of(&current) else {
            return Ok(plainest_name(current));
        };
        current = base_by(&config, &current)?;
    }
    Err(InterpreterError::EndlessChain(executable))
}

/// The `pyvenv.cfg` beside the executable or one folder above.
fn config_of(executable: &Path) -> Option<PathBuf> {
    let folder = executable.parent()?;
    [Some(folder), folder.parent()]
        .into_iter()
        .flatten()
        .map(|folder| folder.join("pyvenv.cfg"))
        .find(|file| file.is_file())
}

fn base_by(config: &Path, executable: &Path) -> Result<PathBuf, InterpreterError> {
    let text = fs::read_to_string(config).map_err(|source| InterpreterError::Read {
        path: config.to_owned(),
        source,
    })?;
    let value = |wanted: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim().eq_ignore_ascii_case(wanted)).then(|| value.trim())
        })
    };
    let home = PathBuf::from(value("home").unwrap_or_default());
    // The environment's version tells `python3.11` apart from a `python` beside it that may be of any version.
    let versioned = value("version").or_else(|| value("version_info")).and_then(|version| {
        let mut parts = version.split('.');
        Some(format!("python{}.{}", parts.next()?, parts.next()?))
    });
    let linked = fs::read_link(executable).ok();
    let names = [
        versioned.as_deref().map(OsStr::new),
        linked.as_deref().and_then(Path::file_name),
        executable.file_name(),
        Some(OsStr::new("python3")),
        Some(OsStr::new("python")),
    ];
    let recorded = value("base-executable").map(PathBuf::from);
    recorded
        .into_iter()
        .chain(names.into_iter().flatten().map(|name| home.join(name)))
        .find(|candidate| candidate.is_absolute() && candidate != executable && is_executable(candidate))
        .ok_or_else(|| InterpreterError::BrokenEnvironment {
            config: config.to_owned(),
            home,
        })
}

/// Follows `python -> python3 -> python3.11` inside one folder, so that one interpreter is known by one name.
///
/// Links into other folders stay: they are what Python derives `home` from, and often the stable name of a moving target.
fn plainest_name(executable: PathBuf) -> PathBuf {
    let mut current = executable;
    for _ in 0..LONGEST_CHAIN {
        let target = match fs::read_link(&current) {
            Ok(target) if is_versioned_name(&target) => target,
            _ => break,
        };
        current.set_file_name(target);
    }
    current
}

/// A bare `python3` or `pypy3.10`, unlike dispatchers such as `python-exec2c`, which act by the name that they are called by.
fn is_versioned_name(target: &Path) -> bool {
    target.to_str().is_some_and(|name| {
        ["python", "pypy"].iter().any(|stem| {
            name.strip_prefix(stem)
                .is_some_and(|version| version.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b't')))
        })
    })
}
