//! Where interpreters are looked for.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// The places that a search may look at; `settings` fills it from the environment.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The folders of `PATH`, in order.
    pub path: Vec<PathBuf>,
    /// The current folder, absolute: relative paths start here, and so does pyenv's walk for `.python-version`.
    pub current_dir: PathBuf,
    /// pyenv's root: `PYENV_ROOT`, else `~/.pyenv`; it need not exist.
    pub pyenv_root: Option<PathBuf>,
    /// `PYENV_VERSION`, as it is set.
    pub pyenv_version: Option<String>,
}

impl Search {
    /// Every executable of that name on `PATH`, in order.
    ///
    /// Empty entries of `PATH` would mean the current folder; they are always an accident, and a dangerous one.
    pub(super) fn on_path<'a>(&'a self, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
        self.path
            .iter()
            .filter(|folder| !folder.as_os_str().is_empty())
            .map(move |folder| self.current_dir.join(folder).join(name))
            .filter(|file| is_executable(file))
    }
}

/// Whether the path leads to a file that this user may execute.
pub(super) fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}
