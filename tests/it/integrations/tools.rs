//! Programs of build servers, and of those who check what is written for them.

use std::env;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;
use crate::skipped::skipped;

/// The folder that `tests/integrations/install` filled.
pub(super) struct Tools(PathBuf);

impl Tools {
    /// The tools, if the caller has named them; says so aloud when not.
    pub(super) fn named(test: &str) -> Option<Self> {
        let named = env::var_os("SNAPENV_CI_TOOLS").filter(|folder| !folder.is_empty());
        if named.is_none() {
            skipped(
                test,
                "it uses tools of build servers; `tests/integrations/install DIR` installs them, and SNAPENV_CI_TOOLS=DIR names them",
            );
        }
        named.map(|folder| Self(PathBuf::from(folder).canonicalize().unwrap()))
    }

    /// A package from npm.
    pub(super) fn npm(&self, package: &str) -> PathBuf {
        self.there(&Path::new("npm/node_modules").join(package))
    }

    /// A program from `PyPI`.
    pub(super) fn python(&self, program: &str) -> PathBuf {
        self.there(&Path::new("python/bin").join(program))
    }

    /// Groovy, as Jenkins has it.
    pub(super) fn groovy(&self) -> PathBuf {
        self.there(Path::new("groovy/usr/share/groovy/embeddable/groovy-all-2.4.21.jar"))
    }

    fn there(&self, path: &Path) -> PathBuf {
        let path = self.0.join(path);
        assert!(path.exists(), "{} is missing: run tests/integrations/install", path.display());
        path
    }
}

/// A program that the machine has.
pub(super) fn program(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found = env::split_paths(&path).map(|folder| folder.join(name));
    found
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("there is no {name} in PATH"))
}

/// A path in the repository.
pub(super) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Lets jobs find the `snapenv` under test in `PATH`, as on an agent.
pub(super) fn provide_snapenv(sandbox: &mut Sandbox) {
    let binary = Path::new(env!("CARGO_BIN_EXE_snapenv")).parent().unwrap();
    let python = sandbox.python().executable.parent().unwrap();
    let folders = [binary, python, Path::new("/usr/bin"), Path::new("/bin")];
    sandbox.set("PATH", env::join_paths(folders).unwrap());
}

/// Copies a folder of the repository.
pub(super) fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
