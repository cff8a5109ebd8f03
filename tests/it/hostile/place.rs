//! A folder deep enough that what leads out of the target can be found.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use snapenv::archive;
use snapenv::build;
use snapenv::fs::Limits;
use snapenv::interpreter::{Facts, Libc, Scheme};
use snapenv::store::Description;
use snapenv::wheel::{Destination, Laid, Wheel};
use tempfile::TempDir;
use walkdir::WalkDir;

use super::Outcome;
use super::manifest::{Case, folder};
use crate::interpreters;

/// Where hostile files with absolute paths want to write to.
const ABSOLUTE: [&str; 4] = [
    "/snapenv-hostile-evil",
    "/snapenv-hostile-evil.py",
    "/tmp/snapenv-hostile-evil",
    "/evil",
];

/// The file of a case, and a target far below the folder that is looked at afterwards.
pub(super) struct Place {
    root: TempDir,
    file: PathBuf,
    target: PathBuf,
}

impl Place {
    pub(super) fn new(case: &Case) -> Self {
        Self::of(&folder().join(&case.file))
    }

    pub(super) fn of(file: &Path) -> Self {
        let root = tempfile::Builder::new().prefix("hostile-").tempdir().unwrap();
        let target = root.path().join("deep/er/target");
        fs::create_dir_all(&target).unwrap();
        Self {
            file: file.to_owned(),
            root,
            target,
        }
    }

    /// Lays the wheel out, and lets the result go through an archive: what is installed has to be kept, too.
    pub(super) fn lay_out(&self) -> Outcome {
        let laid = self.laid().map_err(|error| error.clone())?;
        self.archived(&laid);
        Ok(laid.warnings)
    }

    pub(super) fn laid(&self) -> Result<Laid, String> {
        let wheel = Wheel::open(&self.file).map_err(|error| error.to_string())?;
        let destination = Destination {
            facts: &facts(),
            staging: &self.target,
            project: &wheel.metadata().name,
            limits: Limits::default(),
        };
        let (laid, _) = wheel.lay_out(&destination).map_err(|error| error.to_string())?;
        Ok(laid)
    }

    fn archived(&self, laid: &Laid) {
        let description = Description {
            laid: laid.clone(),
            bytecode: Vec::new(),
        };
        let text = serde_json::to_vec(&description).unwrap();
        assert_eq!(serde_json::from_slice::<Description>(&text).unwrap(), description);
        let (path, again) = (self.root.path().join("archive.tar.gz"), self.root.path().join("again"));
        let packed = archive::pack(
            (&self.target, None),
            &text,
            &description.members(),
            &File::create(&path).unwrap(),
        )
        .unwrap();
        fs::create_dir(&again).unwrap();
        assert_eq!(archive::unpack(&path, &again, Limits::default()).unwrap(), packed.content);
        assert_eq!(listing(&again), listing(&self.target));
        fs::remove_file(path).unwrap();
        fs::remove_dir_all(again).unwrap();
    }

    pub(super) fn unpack_sdist(&self) -> Outcome {
        let python = &interpreters::usual().executable;
        let unpacked = build::unpack(&self.file, &self.target, python, Limits::default());
        unpacked.map(|_| Vec::new()).map_err(|error| error.to_string())
    }

    pub(super) fn unpack_archive(&self) -> Outcome {
        let unpacked = archive::unpack(&self.file, &self.target, Limits::default());
        unpacked.map(|_| Vec::new()).map_err(|error| error.to_string())
    }

    /// Something that was written outside of the target, or that nobody may write within it.
    pub(super) fn trespass(&self) -> Option<String> {
        let absolute = ABSOLUTE.into_iter().find(|path| fs::symlink_metadata(path).is_ok());
        let allowed = [
            self.root.path(),
            &self.root.path().join("deep"),
            &self.root.path().join("deep/er"),
        ];
        let entries = WalkDir::new(self.root.path()).into_iter().map(Result::unwrap);
        let mut entries = entries.filter(|entry| !allowed.contains(&entry.path()));
        let found = entries.find(|entry| !entry.path().starts_with(&self.target) || !is_harmless(entry.path(), &self.target));
        absolute
            .map(str::to_owned)
            .or(found.map(|entry| entry.path().display().to_string()))
    }
}

/// A plain file or folder that only its owner can write to, or a link within the target.
fn is_harmless(path: &Path, target: &Path) -> bool {
    let metadata = fs::symlink_metadata(path).unwrap();
    if metadata.is_symlink() {
        return path
            .canonicalize()
            .is_ok_and(|real| real.starts_with(target.canonicalize().unwrap()));
    }
    (metadata.is_file() || metadata.is_dir()) && metadata.permissions().mode() & 0o7022 == 0
}

/// Path, mode bits and content of all files but the description.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let files = WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let files = files.map(|entry| {
        let path = entry.path().strip_prefix(folder).unwrap().to_owned();
        (
            path,
            (entry.metadata().unwrap().mode() & 0o111, fs::read(entry.path()).unwrap()),
        )
    });
    files.filter(|(path, _)| path != Path::new(archive::DESCRIPTION)).collect()
}

/// An interpreter that wheels are laid out for.
fn facts() -> Facts {
    let library = "lib/python3.11/site-packages".to_owned();
    Facts {
        executable: PathBuf::new(),
        base_prefix: PathBuf::new(),
        base_exec_prefix: PathBuf::new(),
        implementation: "cpython".to_owned(),
        version: (3, 11, 7),
        full_version: "3.11.7".to_owned(),
        cache_tag: "cpython-311".to_owned(),
        magic: String::new(),
        abi: "cp311".to_owned(),
        soabi: String::new(),
        platform: "linux-x86_64".to_owned(),
        libc: Libc::Glibc(2, 36),
        markers: BTreeMap::new(),
        scheme: Scheme {
            purelib: library.clone(),
            platlib: library,
            scripts: "bin".to_owned(),
            headers: "include/site/python3.11".to_owned(),
            data: String::new(),
        },
        lib64: true,
        site_packages: Vec::new(),
        stdlib: PathBuf::new(),
        bundled_pip: None,
        own_pip: None,
        sysconfig_digest: String::new(),
        os_release: String::new(),
    }
}
