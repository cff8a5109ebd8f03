//! A place of its own for one test: home, cache, temp, working folder and environment variables.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::index::Index;
use crate::interpreters::{self, Interpreter};
use crate::known_pip;
use crate::normal::Filters;
use crate::run::Run;
use crate::seed;
use crate::stop;
use crate::tree::Listing;

/// A command that takes longer hangs.
const TIMEOUT: Duration = Duration::from_mins(5);

/// Folders and variables of one test; everything is gone when it is dropped.
pub(crate) struct Sandbox {
    _temp: TempDir,
    root: PathBuf,
    python: &'static Interpreter,
    variables: BTreeMap<OsString, OsString>,
}

impl Sandbox {
    /// A sandbox with the usual interpreter first in `PATH`, and a store that knows it and has its pip.
    pub(crate) fn new() -> Self {
        let sandbox = Self::with_empty_store();
        seed::copy_to(&sandbox.cache(""));
        sandbox
    }

    /// A sandbox with the usual interpreter, for tests of what snapenv does when it has nothing.
    pub(crate) fn with_empty_store() -> Self {
        Self::with(interpreters::usual())
    }

    /// A sandbox with `python` first in `PATH`, and an empty store.
    pub(crate) fn with(python: &'static Interpreter) -> Self {
        Self::at(python, &std::env::temp_dir())
    }

    /// A sandbox with the usual interpreter and an empty store, below `parent`.
    pub(crate) fn below(parent: &Path) -> Self {
        Self::at(interpreters::usual(), parent)
    }

    /// Nothing of the caller's environment is in it.
    fn at(python: &'static Interpreter, parent: &Path) -> Self {
        stop::as_usual();
        let temp = tempfile::Builder::new().prefix("snapenv-it-").tempdir_in(parent).unwrap();
        let root = temp.path().canonicalize().unwrap();
        let folders = ["home", "cache", "config", "data", "tmp", "work"];
        for folder in folders {
            fs::create_dir(root.join(folder)).unwrap();
        }
        let bin = python.executable.parent().unwrap();
        let path = std::env::join_paths([bin, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
        let mut sandbox = Self {
            _temp: temp,
            root,
            python,
            variables: BTreeMap::new(),
        };
        sandbox.set("PATH", path);
        sandbox.set("LANG", "C.UTF-8");
        // The machine's own pip.conf must not steer the tests; they unset this where a pip.conf is what they test.
        sandbox.set("PIP_CONFIG_FILE", "/dev/null");
        for (variable, folder) in [
            ("HOME", "home"),
            ("TMPDIR", "tmp"),
            ("XDG_CACHE_HOME", "home/.cache"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_CONFIG_DIRS", "config"),
            ("XDG_DATA_HOME", "data"),
            ("SNAPENV_CACHE_DIR", "cache"),
        ] {
            let folder = sandbox.root.join(folder);
            sandbox.set(variable, folder);
        }
        sandbox
    }

    /// The interpreter that is first in `PATH`.
    pub(crate) fn python(&self) -> &'static Interpreter {
        self.python
    }

    /// The folder that holds all others.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path in the working folder.
    pub(crate) fn work(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join("work").join(path)
    }

    /// A path in the home folder.
    pub(crate) fn home(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join("home").join(path)
    }

    /// Writes a file, relative to the working folder, with the folders that it needs.
    pub(crate) fn write(&self, path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }

    /// Sets a variable for all later commands.
    pub(crate) fn set(&mut self, variable: impl Into<OsString>, value: impl Into<OsString>) {
        self.variables.insert(variable.into(), value.into());
    }

    /// Unsets a variable for all later commands.
    pub(crate) fn unset(&mut self, variable: &str) {
        self.variables.remove(OsStr::new(variable));
    }

    /// Any program, in the working folder, with the sandbox's environment only.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.work(""))
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null());
        command
    }

    /// Runs any program to its end.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Run {
        self.finish(self.command(program, arguments))
    }

    /// Runs a prepared command to its end.
    pub(crate) fn finish(&self, command: Command) -> Run {
        let text = format!("{command:?}");
        let output = assert_cmd::Command::from_std(command).timeout(TIMEOUT).output().unwrap();
        Run::new(text, &output, self.filters())
    }

    /// Runs the `snapenv` under test.
    pub(crate) fn snapenv<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.run(env!("CARGO_BIN_EXE_snapenv"), arguments)
    }

    /// Runs `snapenv venv FOLDER` over `index`; `arguments` are separated by spaces.
    pub(crate) fn venv(&self, index: &Index, folder: &str, arguments: &str) -> Run {
        let url = index.url();
        let fixed = ["venv", folder, "-i", url.as_str()];
        self.snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
    }

    /// The `snapenv` under test, to be started by the caller.
    pub(crate) fn snapenv_command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        self.command(env!("CARGO_BIN_EXE_snapenv"), arguments)
    }

    /// A path in the store.
    pub(crate) fn cache(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join("cache").join(path)
    }

    /// Demands that no temporary file is left: not in the store, not in the system's folder for them, not beside environments.
    #[track_caller]
    pub(crate) fn assert_nothing_half_done(&self) {
        for folder in [self.cache("v1/tmp"), self.root.join("tmp")] {
            let left = Listing::of(&folder);
            let left: Vec<&String> = left.0.keys().filter(|path| !path.starts_with("pip-")).collect();
            assert!(left.is_empty(), "left in {}: {left:?}", folder.display());
        }
    }

    fn filters(&self) -> Filters {
        let mut filters = Filters::default();
        filters.replace(self.root.to_str().unwrap(), "[ROOT]");
        filters.replace(self.python.executable.to_str().unwrap(), "[PYTHON]");
        let (major, minor, micro) = self.python.version;
        filters.replace(format!("{major}.{minor}.{micro}"), "[PYTHON-VERSION]");
        filters.replace(format!("python{major}.{minor}"), "[PYTHON-X.Y]");
        let real = interpreters::pip_wheels().iter();
        let real = real.map(|wheel| wheel.filename.split('-').nth(1).unwrap());
        for version in real.chain([known_pip::VERSION]) {
            filters.replace(format!("pip {version}"), "pip [PIP]");
            filters.replace(format!("pip-{version}"), "pip-[PIP]");
        }
        filters
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Layers are sealed: only root can remove what is in them.
        let layers = ["v1/merged", "v1/quarantine"].map(|area| WalkDir::new(self.cache(area)));
        let entries = layers.into_iter().flatten().filter_map(Result::ok);
        for folder in entries.filter(|entry| entry.file_type().is_dir()) {
            let _ = fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755));
        }
    }
}

#[test]
fn nothing_leaks_in() {
    let mut sandbox = Sandbox::new();
    sandbox.set("EXTRA", "1");
    sandbox.set("GONE", "1");
    sandbox.unset("GONE");
    let shown = sandbox.run("env", Vec::<&str>::new()).success();
    for line in shown.stdout.lines() {
        let name = line.split('=').next().unwrap();
        let known = sandbox.variables.contains_key(OsStr::new(name));
        assert!(known, "{name} leaked into the sandbox");
    }
    let _ = shown.says("EXTRA=1").never_says("GONE");
    let python = sandbox.python();
    let run = sandbox
        .run("python3", ["-c", "import os, sys; print(os.path.realpath(sys.executable))"])
        .success();
    assert_eq!(Path::new(run.stdout.trim()), python.executable);
    assert!(run.normalized().contains("[PYTHON]"), "{run}");
    assert!(sandbox.home("").starts_with(sandbox.root()));
    let _ = sandbox.snapenv(["--version"]).success();
}
