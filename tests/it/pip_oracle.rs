//! The other side of each comparison: what real pip makes of the same request.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::scratch;
use crate::{
    sdist_builder::{Kind, SdistBuilder},
    wheel_builder::WheelBuilder,
};

/// Real pip in a sandbox.
pub(crate) struct Oracle<'a> {
    sandbox: &'a Sandbox,
    /// The index; without one, pip's configured one.
    index: Option<String>,
}

impl<'a> Oracle<'a> {
    /// An oracle that takes pip itself from `index`.
    pub(crate) fn new(sandbox: &'a Sandbox, index: &Index) -> Self {
        Self {
            sandbox,
            index: Some(index.url()),
        }
    }

    /// An oracle that uses the index that pip is configured for.
    pub(crate) fn public(sandbox: &'a Sandbox) -> Self {
        Self { sandbox, index: None }
    }

    /// Makes an environment with the newest pip that the index has for the interpreter.
    ///
    /// `ensurepip` would leave the bundled pip (and setuptools); the bundled pip instead installs the newest one, as the usual
    /// `pip install --upgrade pip` does.
    pub(crate) fn venv(&self, folder: &Path) {
        let python = &self.sandbox.python().executable;
        let create = [OsStr::new("-m"), "venv".as_ref(), "--without-pip".as_ref(), folder.as_ref()];
        let _ = self.sandbox.run(python, create).success();
        let bundled = unpacked(self.sandbox.python().pip_wheel());
        let mut command = self.sandbox.command(folder.join("bin/python"), [bundled]);
        command
            .args(["--disable-pip-version-check", "install"])
            .args(self.index_arguments());
        command.arg("pip");
        let _ = self.sandbox.finish(command).success();
    }

    /// Runs `pip install` of the environment `folder`.
    pub(crate) fn install<A: AsRef<OsStr>>(&self, folder: &Path, arguments: impl IntoIterator<Item = A>) -> Run {
        let mut command = self.sandbox.command(
            folder.join("bin/python"),
            ["-m", "pip", "--disable-pip-version-check", "install"],
        );
        command.args(self.index_arguments()).args(arguments);
        self.sandbox.finish(command)
    }

    fn index_arguments(&self) -> impl Iterator<Item = &str> {
        self.index.iter().flat_map(|url| ["-i", url.as_str()])
    }
}

/// The pip of a wheel as a folder that Python runs, and keeps bytecode of: from the wheel it would be compiled anew by every process.
///
/// Without its dist-info, which would tell it that there is a pip already (it looks for none in a wheel).
fn unpacked(wheel: &Path) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let folder = scratch::folder().join(wheel.file_stem().unwrap());
    let _guard = ONE_AT_A_TIME.lock();
    if !folder.exists() {
        let unpacked = folder.with_extension("part");
        let mut archive = zip::ZipArchive::new(File::open(wheel).unwrap()).unwrap();
        archive.extract(&unpacked).unwrap();
        for entry in fs::read_dir(&unpacked).unwrap().map(|entry| entry.unwrap().path()) {
            if !entry.ends_with("pip") {
                fs::remove_dir_all(entry).unwrap();
            }
        }
        fs::rename(&unpacked, &folder).unwrap();
    }
    folder.join("pip")
}

#[test]
fn pip_makes_an_environment_from_the_loopback_index() {
    let (sandbox, index) = (Sandbox::new(), Index::of_real_pips());
    index.publish(WheelBuilder::new("demo", "1.0").requires("helper").build());
    index.publish(SdistBuilder::new("helper", "2.0").console("helper", "helper:main").build());
    let oracle = Oracle::new(&sandbox, &index);
    let folder = sandbox.work("env");
    oracle.venv(&folder);
    let _ = oracle
        .install(&folder, ["demo"])
        .success()
        .says("Successfully installed demo-1.0 helper-2.0");
    let _ = sandbox
        .run(folder.join("bin/helper"), Vec::<&str>::new())
        .success()
        .says("helper");
    assert!(sandbox.python().site_packages(&folder).join("demo").is_dir());
    index.publish(SdistBuilder::new("broken", "1.0").kind(Kind::Broken).build());
    let _ = oracle.install(&folder, ["broken"]).fails_with(1).says("libnothing.h");
}
