//! Building a wheel from an sdist or a project, by pip.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::BuildError;
use crate::fs::Context;
use crate::pip::{Finished, Pip};
use crate::report::Progress;

/// Builds one wheel with `pip wheel --no-deps` into the existing, empty folder `into`; `project` is what pip is asked for.
///
/// # Errors
/// When pip cannot be run, fails (its output is in the error), or leaves anything but one wheel.
pub fn build_wheel(
    pip: &Pip,
    project: &[OsString],
    into: &Path,
    current_dir: &Path,
    progress: &dyn Progress,
) -> Result<PathBuf, BuildError> {
    let named = || {
        project
            .last()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let mut arguments: Vec<OsString> = ["wheel", "--no-deps", "--no-input", "--wheel-dir"]
        .map(OsString::from)
        .to_vec();
    arguments.push(into.into());
    arguments.extend(project.iter().cloned());
    let Finished { code, output } = pip.run(&arguments, current_dir, progress)?;
    if code != 0 {
        return Err(BuildError::Failed {
            project: named(),
            code,
            output,
        });
    }
    let entries = fs::read_dir(into).context("read folder", into)?;
    let mut wheels: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    match wheels.pop() {
        Some(wheel) if wheels.is_empty() => Ok(wheel),
        last => Err(BuildError::WheelCount {
            project: named(),
            count: wheels.len() + usize::from(last.is_some()),
            folder: into.to_owned(),
        }),
    }
}
