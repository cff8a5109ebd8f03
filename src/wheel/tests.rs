//! Odd wheels, laid out; what is expected is what pip 26.3 made of the same wheels.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, DateTime, ZipWriter};
use sha2::Digest as _;
use tempfile::TempDir;

use super::testing::facts;
use super::*;
use crate::fs::Limits;
use crate::interpreter::Facts;
use crate::key::Sha256;

mod entry_points;
mod layout;

const INFO: &str = "odd-1.0.dist-info";
const METADATA: &str = "Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n";
const WHEEL: &str = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

/// A wheel in the making.
struct Odd {
    filename: String,
    files: Vec<(String, Vec<u8>, u32)>,
    record: Option<String>,
    unlisted: Vec<String>,
    method: CompressionMethod,
}

impl Odd {
    fn new() -> Self {
        Self {
            filename: "odd-1.0-py3-none-any.whl".to_owned(),
            files: Vec::new(),
            record: None,
            unlisted: vec![format!("{INFO}/RECORD")],
            method: CompressionMethod::Deflated,
        }
        .file(&format!("{INFO}/METADATA"), METADATA)
        .file(&format!("{INFO}/WHEEL"), WHEEL)
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.file_with(name, content, 0o644)
    }

    /// Adds a file, or replaces that of the same name.
    fn file_with(mut self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> Self {
        self.files.retain(|(other, ..)| other != name);
        self.files.push((name.to_owned(), content.as_ref().to_vec(), mode));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.files.retain(|(other, ..)| other != name);
        self
    }

    fn unlisted(mut self, name: &str) -> Self {
        self.unlisted.push(name.to_owned());
        self
    }

    /// A RECORD of just this text.
    fn record(mut self, text: &str) -> Self {
        self.record = Some(text.to_owned());
        self
    }

    fn entry_points(self, text: &str) -> Self {
        self.file(&format!("{INFO}/entry_points.txt"), text)
    }

    fn stored(mut self) -> Self {
        self.method = CompressionMethod::Stored;
        self
    }

    fn named(mut self, filename: &str) -> Self {
        filename.clone_into(&mut self.filename);
        self
    }

    fn build(self, folder: &Path) -> PathBuf {
        let listed = self
            .files
            .iter()
            .filter(|(name, ..)| !self.unlisted.contains(name) && !name.ends_with('/'));
        let rows = listed.map(|(name, content, _)| Row::hashed(name, &sha256(content), content.len() as u64));
        let record = self
            .record
            .unwrap_or_else(|| compose(rows.chain([Row::bare(format!("{INFO}/RECORD"))]).collect()));
        let path = folder.join(&self.filename);
        let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
        let time = DateTime::from_date_and_time(2020, 1, 2, 3, 4, 6).unwrap();
        let options = SimpleFileOptions::default()
            .compression_method(self.method)
            .last_modified_time(time);
        let record = (format!("{INFO}/RECORD"), record.into_bytes(), 0o644);
        for (name, content, mode) in self.files.into_iter().chain([record]) {
            if mode & 0o170_000 == 0o120_000 {
                let target = String::from_utf8(content).unwrap();
                zip.add_symlink(name, target, options).unwrap();
                continue;
            }
            zip.start_file(name, options.unix_permissions(mode)).unwrap();
            zip.write_all(&content).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    fn lay_out(self) -> LaidOut {
        self.try_lay_out().unwrap()
    }

    fn try_lay_out(self) -> Result<LaidOut, WheelError> {
        self.try_lay_out_for(&facts((3, 11, 7)))
    }

    fn try_lay_out_for(self, facts: &Facts) -> Result<LaidOut, WheelError> {
        let folder = tempfile::tempdir().unwrap();
        let wheel = Wheel::open(&self.build(folder.path()))?;
        let staging = folder.path().join("staging");
        fs::create_dir(&staging).unwrap();
        let destination = Destination {
            facts,
            staging: &staging,
            project: "Odd",
            limits: Limits::default(),
        };
        let (laid, _) = wheel.lay_out(&destination)?;
        Ok(LaidOut {
            laid,
            staging,
            _folder: folder,
        })
    }

    /// The error that this wheel meets with.
    fn refused(self) -> Problem {
        self.try_lay_out().err().expect("must be refused").problem
    }
}

/// A wheel laid out in a folder of its own.
struct LaidOut {
    laid: Laid,
    staging: PathBuf,
    _folder: TempDir,
}

impl LaidOut {
    fn paths(&self) -> Vec<&str> {
        self.laid.files.iter().map(|file| file.path.as_str()).collect()
    }

    /// The paths outside of `.dist-info`.
    fn payload(&self) -> Vec<&str> {
        self.paths()
            .into_iter()
            .filter(|path| !path.starts_with(&self.laid.dist_info))
            .collect()
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.staging.join(path)).unwrap()
    }

    /// Makes the scripts as an environment would, and returns the text of its RECORD, without what the installer generates.
    fn installed_record(&self, python: &str) -> String {
        let mut rows = self.laid.rows.clone();
        for script in &self.laid.scripts {
            let path = self.laid.record_path(script.path());
            let content = self.script(script, python);
            rows.push(match script {
                Script::Wheel(Rewritten {
                    listing: Listing::Bare, ..
                }) => Row::bare(path),
                _ => Row::hashed(path, &sha256(&content), content.len() as u64),
            });
        }
        compose(rows)
    }

    fn script(&self, script: &Script, python: &str) -> Vec<u8> {
        let body = fs::read(self.staging.join(script.path())).ok();
        render(script, Path::new(python), body.as_deref())
    }
}

fn sha256(content: &[u8]) -> Sha256 {
    Sha256::from_bytes(sha2::Sha256::digest(content).into())
}

#[test]
fn a_plain_wheel_is_laid_out() {
    let made = Odd::new()
        .file("odd/__init__.py", "x = 1\n")
        .file_with("odd/tool.sh", "#!/bin/sh\n", 0o711)
        .file("odd/empty/", "")
        .lay_out();
    let laid = &made.laid;
    assert_eq!((laid.name.as_str(), laid.version.as_str()), ("odd", "1.0"));
    assert_eq!(laid.library, "lib/python3.11/site-packages");
    assert_eq!(laid.dist_info, "lib/python3.11/site-packages/odd-1.0.dist-info");
    assert_eq!(
        made.paths(),
        [
            "lib/python3.11/site-packages/odd-1.0.dist-info/METADATA",
            "lib/python3.11/site-packages/odd-1.0.dist-info/WHEEL",
            "lib/python3.11/site-packages/odd/__init__.py",
            "lib/python3.11/site-packages/odd/tool.sh",
        ]
    );
    assert_eq!(laid.warnings, [""; 0]);
    assert!(!made.staging.join("lib/python3.11/site-packages/odd/empty").exists());
    for file in &laid.files {
        let meta = fs::metadata(made.staging.join(&file.path)).unwrap();
        assert_eq!(meta.permissions().mode() & 0o7777, file.mode.bits() & !0o222);
        assert_eq!((meta.mtime(), meta.len()), (1_577_934_246, file.size));
        assert_eq!(file.sha256, sha256(&fs::read(made.staging.join(&file.path)).unwrap()));
    }
    assert_eq!(laid.files[3].mode, Mode::Executable);
    assert_eq!(
        fs::metadata(made.staging.join("lib")).unwrap().permissions().mode() & 0o7777,
        0o755
    );
}

#[test]
fn what_is_laid_out_survives_storage() {
    let made = Odd::new()
        .file("odd-1.0.data/scripts/s", "#!python\n")
        .entry_points("[gui_scripts]\ng = odd:main\n")
        .lay_out();
    let text = serde_json::to_string(&made.laid).unwrap();
    assert_eq!(serde_json::from_str::<Laid>(&text).unwrap(), made.laid);
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let wheel = Wheel::open(&Odd::new().file("odd.py", "").build(folder.path())).unwrap();
    let facts = facts((3, 11, 7));
    let site = folder.path().join("lib/python3.11/site-packages");
    fs::create_dir_all(&site).unwrap();
    let destination = Destination {
        facts: &facts,
        staging: folder.path(),
        project: "odd",
        limits: Limits::default(),
    };
    std::os::unix::fs::symlink("/nowhere", site.join("odd.py")).unwrap();
    let error = wheel.lay_out(&destination).unwrap_err();
    assert!(matches!(error.problem, Problem::Write { .. }) && error.hint().is_some());
    // Nor does a link lead out of the staging folder.
    fs::remove_dir_all(folder.path().join("lib")).unwrap();
    std::os::unix::fs::symlink(std::env::temp_dir(), folder.path().join("lib")).unwrap();
    assert!(matches!(
        wheel.lay_out(&destination).unwrap_err().problem,
        Problem::Write { .. }
    ));
}

#[test]
fn the_format_version_decides() {
    let with = |wheel: &str| Odd::new().file(&format!("{INFO}/WHEEL"), wheel);
    assert!(matches!(with("Wheel-Version: 2.0\n").refused(), Problem::WheelVersion(version) if version == "2.0"));
    assert!(matches!(
        with("Wheel-Version: x\n").refused(),
        Problem::InvalidWheelVersion(_)
    ));
    assert!(matches!(with("Generator: x\n").refused(), Problem::NoWheelVersion));
    assert_eq!(with("Wheel-Version: 1.1\n").lay_out().laid.warnings.len(), 1);
    let laid = with("wheel-version: 1\nroot-is-purelib: TRUE\n").lay_out().laid;
    assert_eq!(
        (laid.library.as_str(), laid.warnings.len()),
        ("lib/python3.11/site-packages", 0)
    );
    let laid = with("Wheel-Version: 1.0\nRoot-Is-Purelib: no\n").lay_out().laid;
    assert_eq!(laid.library, "lib/python3.11/platform-packages");
}

#[test]
fn metadata_must_be_of_the_project() {
    let with = |metadata: &str| Odd::new().file(&format!("{INFO}/METADATA"), metadata);
    assert!(matches!(
        with("Name: other\nVersion: 1.0\n").refused(),
        Problem::Inconsistent { .. }
    ));
    assert!(matches!(with("Name: odd\nVersion: one\n").refused(), Problem::Metadata(_)));
    assert!(matches!(with("Version: 1.0\n").refused(), Problem::Metadata(_)));
    let laid = with("Name: ODD\nVersion: 1.0.0\n").lay_out().laid;
    assert_eq!(
        (laid.name.as_str(), laid.version.as_str(), laid.warnings.len()),
        ("ODD", "1.0.0", 0)
    );
    // pip installs it where the wheel is given by its path.
    let laid = with("Name: odd\nVersion: 1.1\n").lay_out().laid;
    assert_eq!((laid.version.as_str(), laid.warnings.len()), ("1.1", 1));
}

#[test]
fn dist_info_is_found_as_pip_finds_it() {
    assert!(matches!(Odd::new().file("a-1.dist-info/x", "").refused(), Problem::DistInfo(found) if found.len() == 2));
    assert!(matches!(
        Odd::new().named("other-1.0-py3-none-any.whl").refused(),
        Problem::DistInfoName { .. }
    ));
    assert!(matches!(
        Odd::new().named("od-1.0-py3-none-any.whl").refused(),
        Problem::Inconsistent { .. }
    ));
    assert!(matches!(
        Odd::new().without(&format!("{INFO}/WHEEL")).refused(),
        Problem::Missing(_)
    ));
    assert!(matches!(
        Odd::new().without(&format!("{INFO}/METADATA")).refused(),
        Problem::Missing(_)
    ));
    assert!(matches!(Odd::new().named("odd.whl").refused(), Problem::Filename(_)));
}
