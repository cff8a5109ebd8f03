//! For tests: trees of fake interpreters, and the real ones of this machine.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::pyenv::Pyenv;
use super::{FactsCache, Host, Interpreters, PythonRequest, Search, locate};
use crate::interpreter::Facts;
use crate::report::Silent;

/// A folder of fake files that searches run over.
pub(crate) struct Tree {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) search: Search,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let current_dir = folder.path().join("project");
        fs::create_dir(&current_dir).unwrap();
        let search = Search {
            current_dir,
            ..Search::default()
        };
        Self { folder, search }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Another process writes the file: a test that forks just now would keep ours open for writing, and it could not be started.
    pub(crate) fn executable(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name, "");
        if !text.is_empty() {
            let mut copy = Command::new("sh")
                .args(["-c", "cat >\"$0\""])
                .arg(&path)
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            copy.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
            assert!(copy.wait().unwrap().success());
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    pub(crate) fn link(&self, target: &str, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, &path).unwrap();
        path
    }

    /// Appends folders to `PATH`.
    pub(crate) fn on_path(mut self, folders: &[&str]) -> Self {
        let folders: Vec<_> = folders.iter().map(|name| self.path(name)).collect();
        self.search.path.extend(folders);
        self
    }

    /// Makes the folder `pyenv` a pyenv with these versions and shims for their executables.
    pub(crate) fn pyenv(mut self, versions: &[&str]) -> Self {
        let root = self.path("pyenv");
        fs::create_dir_all(root.join("shims")).unwrap();
        for version in versions {
            let minor: Vec<_> = version.split('.').take(2).collect();
            let name = format!("python{}", minor.join("."));
            self.executable(&format!("pyenv/versions/{version}/bin/{name}"), "");
            for alias in ["python", "python3"] {
                self.link(&name, &format!("pyenv/versions/{version}/bin/{alias}"));
            }
            for shim in ["python", "python3", &name] {
                self.executable(&format!("pyenv/shims/{shim}"), &shim_text(&root));
            }
        }
        self.search.pyenv_root = Some(root);
        self
    }

    pub(crate) fn locate(&self, request: &str) -> Result<PathBuf, super::InterpreterError> {
        let request = match request {
            "" => PythonRequest::Default,
            text => text.parse().unwrap(),
        };
        locate(&request, &self.search)
    }
}

/// What `pyenv rehash` writes.
pub(crate) fn shim_text(root: &Path) -> String {
    let root = root.display();
    format!(
        "#!/usr/bin/env bash\nset -e\n[ -n \"$PYENV_DEBUG\" ] && set -x\n\nprogram=\"${{0##*/}}\"\n\n\
         export PYENV_ROOT=\"{root}\"\nexec \"{root}/libexec/pyenv\" exec \"$program\" \"$@\"\n"
    )
}

/// The search that a user of this machine would have.
pub(crate) fn real_search() -> Search {
    let pyenv_root = env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".pyenv")));
    Search {
        path: env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect(),
        current_dir: env::current_dir().unwrap(),
        pyenv_root,
        pyenv_version: None,
    }
}

/// Facts about every Python 3.8 to 3.15 on `PATH` and in pyenv; at least one is needed to test with.
pub(crate) fn real_interpreters() -> Vec<Facts> {
    static KNOWN: OnceLock<Vec<Facts>> = OnceLock::new();
    KNOWN.get_or_init(probed_interpreters).clone()
}

fn probed_interpreters() -> Vec<Facts> {
    let search = real_search();
    let requests = (8..=15).map(|minor| PythonRequest::Version {
        major: 3,
        minor: Some(minor),
        patch: None,
    });
    let mut paths: BTreeSet<PathBuf> = requests
        .chain([PythonRequest::Default])
        .filter_map(|request| locate(&request, &search).ok())
        .collect();
    // Those of the system that pyenv's shims hide.
    let plain = search.on_path("python3").find(|path| Pyenv::of_shim(path, &search).is_none());
    paths.extend(plain.map(|path| fs::canonicalize(path).unwrap()));
    assert!(
        !paths.is_empty(),
        "these tests need a Python 3.8 or later on PATH or in pyenv"
    );
    let folder = tempfile::tempdir().unwrap();
    let interpreters = Interpreters {
        cache: &FactsCache::at(folder.path().to_owned()),
        host: &Host::detect(env::var("LD_LIBRARY_PATH").ok()),
        progress: &Silent,
    };
    paths.iter().map(|path| interpreters.facts(path).unwrap()).collect()
}
