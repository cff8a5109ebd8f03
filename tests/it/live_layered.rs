//! Layered environments under the tools that people use: whatever a flat environment shows, a layered one shows, too.
//!
//! Everything comes from the public index, so these tests run only with `SNAPENV_LIVE=1`. They share one store, kept under
//! `target/tmp/live-layered` from run to run: only the first run fetches anything. The requests (`fixtures/requirements/tools.txt` and
//! `jupyter.txt`) are pinned for `CPython` 3.11.

mod django;
mod interpreter;
mod jupyter;
mod metadata;
mod namespaces;
mod on_top;
mod places;
mod testing;
mod typing;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::interpreters::{self, Interpreter};
use crate::live::{enabled, reach_the_index};
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::skipped::skipped;

/// A sandbox over the store that these tests share, or `None` with a word about why not.
pub(crate) fn sandbox(test: &str) -> Option<Sandbox> {
    let python = interpreters::usual();
    if python.version.0 == 3 && python.version.1 == 11 {
        sandbox_of(test, python)
    } else {
        skipped(test, "its requirements are pinned for CPython 3.11");
        None
    }
}

/// The same, with an interpreter that the test chooses.
pub(crate) fn sandbox_of(test: &str, python: &'static Interpreter) -> Option<Sandbox> {
    let name = format!("live_layered::{test}");
    enabled(&name).then(|| {
        let mut sandbox = Sandbox::with(python);
        reach_the_index(&mut sandbox);
        sandbox.set(
            "SNAPENV_CACHE_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("live-layered"),
        );
        // What pip keeps for itself would be fetched again by each test.
        sandbox.set("PIP_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("live-pip"));
        sandbox.set("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        sandbox
    })
}

/// `-r` with a file of `fixtures/requirements`.
pub(crate) fn pinned(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/requirements").join(file);
    format!("-r{}", path.display())
}

/// An environment, flat or layered.
pub(crate) struct Place<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) folder: PathBuf,
}

impl<'a> Place<'a> {
    /// Makes an environment of hard links (or copies).
    pub(crate) fn flat(sandbox: &'a Sandbox, name: &str, request: &[&str]) -> Self {
        Self::make(sandbox, name, "hardlink", request)
    }

    /// Makes an environment over a layer.
    pub(crate) fn layered(sandbox: &'a Sandbox, name: &str, request: &[&str]) -> Self {
        let place = Self::make(sandbox, name, "layered", request);
        assert!(place.own_library().join("000_snapenv.pth").is_file());
        place
    }

    fn make(sandbox: &'a Sandbox, name: &str, mode: &str, request: &[&str]) -> Self {
        let fixed = ["venv", name, "--link-mode", mode];
        let _ = sandbox.snapenv(fixed.iter().chain(request)).success().says(mode);
        let folder = sandbox.work(name);
        Self { sandbox, folder }
    }

    /// The environment's own site-packages.
    pub(crate) fn own_library(&self) -> PathBuf {
        self.sandbox.python().site_packages(&self.folder)
    }

    /// The site-packages that hold what was asked for: the layer's, or the environment's own.
    pub(crate) fn library(&self) -> PathBuf {
        let own = self.own_library();
        match fs::read_to_string(own.join("000_snapenv.pth")) {
            // A path that is not ASCII stands in the second line only, for older Pythons.
            Ok(text) if text.starts_with('/') => PathBuf::from(text.lines().next().unwrap()),
            Ok(_) => {
                let found = self.code("import sys; print(*[path for path in sys.path if '/merged/' in path])");
                PathBuf::from(found.success().stdout.trim())
            }
            Err(_) => own,
        }
    }

    /// The root of the layer.
    pub(crate) fn layer(&self) -> PathBuf {
        self.library().ancestors().nth(3).unwrap().to_owned()
    }

    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Runs a program of the environment.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, name: &str, arguments: impl IntoIterator<Item = A>) -> Run {
        self.sandbox.run(self.program(name), arguments)
    }

    /// Runs the environment's Python.
    pub(crate) fn python<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.run("python", arguments)
    }

    /// Runs a line of Python.
    pub(crate) fn code(&self, code: &str) -> Run {
        self.python(["-c", code])
    }

    /// What a program said, with the environment's folders by neutral names.
    pub(crate) fn neutral(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let folders = [
            (self.library(), "[SITE]"),
            (self.own_library(), "[OWN]"),
            (self.layer(), "[ENV]"),
            (self.folder.clone(), "[ENV]"),
        ];
        for (folder, name) in folders {
            text = text.replace(folder.to_str().unwrap(), name);
        }
        text
    }
}

/// A flat and a layered environment of one request.
pub(crate) struct Pair<'a> {
    pub(crate) flat: Place<'a>,
    pub(crate) layered: Place<'a>,
}

impl<'a> Pair<'a> {
    /// Makes both.
    pub(crate) fn of(sandbox: &'a Sandbox, request: &[&str]) -> Self {
        Self {
            flat: Place::flat(sandbox, "flat", request),
            layered: Place::layered(sandbox, "layered", request),
        }
    }

    /// Demands that a program of both environments succeeds and prints the same on stdout; returns that.
    #[track_caller]
    pub(crate) fn same<A: AsRef<OsStr>>(&self, name: &str, arguments: impl IntoIterator<Item = A> + Clone) -> String {
        let flat = self.flat.run(name, arguments.clone()).success();
        let layered = self.layered.run(name, arguments).success();
        let expected = self.flat.neutral(&flat.stdout);
        assert_eq!(expected, self.layered.neutral(&layered.stdout), "{flat}\n{layered}");
        expected
    }

    /// The same for a Python file of `tests/it/assets/layered`.
    #[track_caller]
    pub(crate) fn same_script(&self, asset: &str, flags: &[&str]) -> String {
        let script = script(asset);
        self.same("python", flags.iter().copied().chain([script.to_str().unwrap()]))
    }
}

/// A Python file of `tests/it/assets/layered`.
pub(crate) fn script(asset: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/assets/layered")
        .join(asset)
}
