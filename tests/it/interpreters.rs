//! The real `CPython`s of this machine, each asked once.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use serde::Deserialize;

use crate::artifact::Artifact;

/// The oldest interpreter that snapenv supports.
const OLDEST: (u8, u8) = (3, 8);

const PROBE: &str = r#"
import glob, json, os, sys, sysconfig
wheels = []
try:
    import ensurepip
    folders = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"), sysconfig.get_config_var("WHEEL_PKG_DIR")]
    for folder in filter(None, folders):
        wheels += glob.glob(os.path.join(folder, "pip-*.whl"))
    # Debian keeps them elsewhere, and they fit its own interpreter only.
    wheels = wheels or glob.glob("/usr/share/python-wheels/pip-*.whl")
    wheels.sort(key=lambda path: [int(part) for part in os.path.basename(path).split("-")[1].split(".") if part.isdigit()])
except ImportError:
    pass
print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "version": sys.version_info[:3],
    "cpython": sys.implementation.name == "cpython",
    "stdlib": sysconfig.get_path("stdlib"),
    "include": sysconfig.get_path("include"),
    "pip_wheels": wheels,
}))
"#;

/// A base interpreter, never a virtual environment's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Interpreter {
    pub(crate) executable: PathBuf,
    pub(crate) version: (u8, u8, u16),
    cpython: bool,
    stdlib: PathBuf,
    include: PathBuf,
    pip_wheels: Vec<PathBuf>,
}

impl Interpreter {
    /// `X.Y`.
    pub(crate) fn major_minor(&self) -> String {
        format!("{}.{}", self.version.0, self.version.1)
    }

    /// Whether the system's packager keeps pip out of it (PEP 668).
    pub(crate) fn externally_managed(&self) -> bool {
        self.stdlib.join("EXTERNALLY-MANAGED").exists()
    }

    /// Whether extensions can be compiled for it: its headers are there.
    pub(crate) fn has_headers(&self) -> bool {
        self.include.join("Python.h").exists()
    }

    /// A pip wheel that runs on it: its own, else another's.
    pub(crate) fn pip_wheel(&self) -> &Path {
        let wheels = self.pip_wheels.last().or(usual().pip_wheels.last());
        wheels.expect("the usual interpreter has a pip wheel")
    }

    /// Site-packages of an environment of it.
    pub(crate) fn site_packages(&self, environment: &Path) -> PathBuf {
        environment
            .join("lib")
            .join(format!("python{}", self.major_minor()))
            .join("site-packages")
    }
}

/// All interpreters, oldest first; one for each real file.
pub(crate) fn all() -> &'static [Interpreter] {
    static ALL: OnceLock<Vec<Interpreter>> = OnceLock::new();
    ALL.get_or_init(|| {
        let asked: Vec<_> = candidates()
            .into_iter()
            .map(|path| thread::spawn(move || ask(&path)))
            .collect();
        let mut found: Vec<Interpreter> = asked
            .into_iter()
            .filter_map(|thread| thread.join().unwrap())
            .filter(|python| python.cpython && (python.version.0, python.version.1) >= OLDEST)
            .collect();
        found.sort_by(|a, b| (a.version, &a.executable).cmp(&(b.version, &b.executable)));
        found.dedup_by(|a, b| a.executable == b.executable);
        assert!(
            !found.is_empty(),
            "these tests need a CPython of 3.8 or later in PATH or in pyenv"
        );
        found
    })
}

/// The interpreter that tests use where any will do: 3.11 where it is, else the newest, with `ensurepip`.
pub(crate) fn usual() -> &'static Interpreter {
    let with_pip = || all().iter().filter(|python| !python.pip_wheels.is_empty());
    with_pip()
        .rfind(|python| (python.version.0, python.version.1) == (3, 11) && !python.externally_managed())
        .or_else(|| with_pip().rfind(|python| !python.externally_managed()))
        .or_else(|| with_pip().next_back())
        .expect("these tests need a CPython with ensurepip (Debian: apt-get install python3-venv)")
}

/// The newest interpreter of each minor version.
pub(crate) fn one_per_minor() -> Vec<&'static Interpreter> {
    let mut chosen: Vec<&Interpreter> = Vec::new();
    for python in all() {
        if chosen.last().is_some_and(|last| last.major_minor() == python.major_minor()) {
            chosen.pop();
        }
        chosen.push(python);
    }
    chosen
}

/// The oldest and the newest of them: what differs between minor versions shows between these two. All where `SNAPENV_INTERPRETERS=all`.
pub(crate) fn oldest_and_newest() -> Vec<&'static Interpreter> {
    let mut chosen = one_per_minor();
    if env::var_os("SNAPENV_INTERPRETERS").is_none_or(|which| which != "all") && chosen.len() > 2 {
        chosen.drain(1..chosen.len() - 1);
    }
    chosen
}

/// The pip wheels that the interpreters bring, one for each version.
pub(crate) fn pip_wheels() -> &'static [Artifact] {
    static WHEELS: OnceLock<Vec<Artifact>> = OnceLock::new();
    WHEELS.get_or_init(|| {
        let mut seen = BTreeSet::new();
        all()
            .iter()
            .flat_map(|python| &python.pip_wheels)
            .filter(|path| seen.insert(path.file_name().map(ToOwned::to_owned)))
            .map(|path| Artifact::from_wheel(path))
            .collect()
    })
}

/// The newest of them.
pub(crate) fn newest_pip() -> &'static Artifact {
    let release = |wheel: &&Artifact| -> Vec<u32> {
        let version = wheel.filename.split('-').nth(1).unwrap_or_default();
        version.split('.').map_while(|part| part.parse().ok()).collect()
    };
    pip_wheels()
        .iter()
        .max_by_key(release)
        .expect("the usual interpreter has a pip wheel")
}

/// Files that may be interpreters; shims among them.
fn candidates() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let pyenv = env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".pyenv")));
    let versions = pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok());
    for version in versions.into_iter().flatten().flatten() {
        found.insert(version.path().join("bin/python3"));
    }
    for folder in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        found.insert(folder.join("python3"));
        found.extend((OLDEST.1..30).map(|minor| folder.join(format!("python3.{minor}"))));
    }
    found.retain(|path| path.exists());
    // Versions found in pyenv's folder answer for its shims.
    found
        .into_iter()
        .filter(|path| !path.parent().is_some_and(|bin| bin.ends_with("shims")))
        .collect()
}

fn ask(path: &Path) -> Option<Interpreter> {
    let output = Command::new(path)
        .args(["-I", "-c", PROBE])
        .env_remove("PYTHONHOME")
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

#[test]
fn the_usual_interpreter_brings_a_pip() {
    assert!(all().contains(usual()));
    assert!(usual().has_headers() || usual().include.is_absolute());
    assert!(!pip_wheels().is_empty());
    let minors: BTreeSet<String> = one_per_minor().iter().map(|python| python.major_minor()).collect();
    assert_eq!(minors.len(), one_per_minor().len());
    assert!(!usual().site_packages(Path::new("x")).exists());
}
