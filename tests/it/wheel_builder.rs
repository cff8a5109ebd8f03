//! Wheels (PEP 427) made to order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::artifact::{Artifact, normalize};

/// How good a RECORD the wheel brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// A row with digest and size for each file.
    Complete,
    /// Rows without digests, some files without a row, and a row whose file is missing.
    Poor,
    /// Digests that do not match.
    Wrong,
    /// No RECORD at all; pip refuses such a wheel.
    Absent,
}

/// A wheel in the making.
#[derive(Debug, Clone)]
pub(crate) struct WheelBuilder {
    name: String,
    version: String,
    tag: String,
    files: BTreeMap<String, (Vec<u8>, u32)>,
    metadata: String,
    requires_python: Option<String>,
    console: String,
    gui: String,
    record: Record,
}

impl WheelBuilder {
    /// A pure wheel of one module, named as the project, that knows its version.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        let module = normalize(name).replace('-', "_");
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            tag: "py3-none-any".to_owned(),
            files: BTreeMap::new(),
            metadata: String::new(),
            requires_python: None,
            console: String::new(),
            gui: String::new(),
            record: Record::Complete,
        }
        .file(&format!("{module}/__init__.py"), format!("__version__ = {version:?}\n"))
    }

    /// The tag triple, such as `cp311-cp311-linux_x86_64`.
    pub(crate) fn tag(mut self, tag: &str) -> Self {
        tag.clone_into(&mut self.tag);
        self
    }

    /// A file of the purelib (or platlib) root.
    pub(crate) fn file(mut self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), (contents.into(), 0o644));
        self
    }

    /// A file that anyone may execute.
    pub(crate) fn executable(mut self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), (contents.into(), 0o755));
        self
    }

    /// A file of one scheme, under `.data/SCHEME/`.
    pub(crate) fn data(self, scheme: &str, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        let path = format!("{}.data/{scheme}/{path}", self.stem());
        self.file(&path, contents)
    }

    /// A script under `.data/scripts/`; `#!python` at its start is replaced on installation.
    pub(crate) fn script(self, name: &str, contents: impl Into<Vec<u8>>) -> Self {
        let path = format!("{}.data/scripts/{name}", self.stem());
        self.executable(&path, contents)
    }

    /// A requirement, with its marker if any.
    pub(crate) fn requires(mut self, requirement: &str) -> Self {
        writeln!(self.metadata, "Requires-Dist: {requirement}").unwrap();
        self
    }

    /// A requirement of an extra.
    pub(crate) fn extra(mut self, extra: &str, requirement: &str) -> Self {
        let (requirement, marker) = requirement.split_once(';').unwrap_or((requirement, ""));
        let and = if marker.is_empty() { "" } else { " and" };
        writeln!(
            self.metadata,
            "Provides-Extra: {extra}\nRequires-Dist: {requirement};{marker}{and} extra == \"{extra}\""
        )
        .unwrap();
        self
    }

    /// An extra, whether anything is required for it or not.
    pub(crate) fn provides(mut self, extra: &str) -> Self {
        writeln!(self.metadata, "Provides-Extra: {extra}").unwrap();
        self
    }

    /// The interpreters that it is for.
    pub(crate) fn requires_python(mut self, specifier: &str) -> Self {
        self.requires_python = Some(specifier.to_owned());
        self
    }

    /// A console script, such as `demo.cli:main`.
    pub(crate) fn console(mut self, name: &str, target: &str) -> Self {
        writeln!(self.console, "{name} = {target}").unwrap();
        self
    }

    /// A GUI script.
    pub(crate) fn gui(mut self, name: &str, target: &str) -> Self {
        writeln!(self.gui, "{name} = {target}").unwrap();
        self
    }

    /// The quality of the RECORD.
    pub(crate) fn record(mut self, record: Record) -> Self {
        self.record = record;
        self
    }

    /// Writes the wheel.
    pub(crate) fn build(&self) -> Artifact {
        let metadata = self.metadata_text();
        let info = format!("{}.dist-info", self.stem());
        let mut files = self.files.clone();
        let mut add = |name: &str, text: String| {
            files.insert(format!("{info}/{name}"), (text.into_bytes(), 0o644));
        };
        add("METADATA", metadata.clone());
        add(
            "WHEEL",
            format!(
                "Wheel-Version: 1.0\nGenerator: snapenv-tests\nRoot-Is-Purelib: {}\nTag: {}\n",
                self.tag.ends_with("-any"),
                self.tag
            ),
        );
        if !self.console.is_empty() || !self.gui.is_empty() {
            add(
                "entry_points.txt",
                format!("[console_scripts]\n{}\n[gui_scripts]\n{}", self.console, self.gui),
            );
        }
        if self.record != Record::Absent {
            let rows = self.record_rows(&files, &info);
            files.insert(format!("{info}/RECORD"), (rows.into_bytes(), 0o644));
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, (contents, mode)) in &files {
            let options = SimpleFileOptions::default()
                .last_modified_time(zip::DateTime::default())
                .unix_permissions(*mode);
            writer.start_file(path.as_str(), options).unwrap();
            writer.write_all(contents).unwrap();
        }
        Artifact {
            project: normalize(&self.name),
            filename: format!("{}-{}.whl", self.stem(), self.tag),
            bytes: writer.finish().unwrap().into_inner().into(),
            metadata: Some(metadata.into_bytes().into()),
            requires_python: self.requires_python.clone(),
            yanked: None,
        }
    }

    fn stem(&self) -> String {
        format!("{}-{}", normalize(&self.name).replace('-', "_"), self.version)
    }

    fn metadata_text(&self) -> String {
        let mut text = format!(
            "Metadata-Version: 2.1\nName: {}\nVersion: {}\nSummary: For tests\n",
            self.name, self.version
        );
        if let Some(specifier) = &self.requires_python {
            writeln!(text, "Requires-Python: {specifier}").unwrap();
        }
        text.push_str(&self.metadata);
        text
    }

    fn record_rows(&self, files: &BTreeMap<String, (Vec<u8>, u32)>, info: &str) -> String {
        let mut rows = String::new();
        for (number, (path, (contents, _))) in files.iter().enumerate() {
            let digest = BASE64URL_NOPAD.encode(&Sha256::digest(match self.record {
                Record::Wrong => b"something else",
                _ => contents.as_slice(),
            }));
            match (self.record, number % 3) {
                (Record::Poor, 0) if !path.contains(".dist-info/") => {}
                (Record::Poor, 1) => writeln!(rows, "{path},,").unwrap(),
                _ => writeln!(rows, "{path},sha256={digest},{}", contents.len()).unwrap(),
            }
        }
        if self.record == Record::Poor {
            rows.push_str("never/was/there.py,,\n");
        }
        writeln!(rows, "{info}/RECORD,,").unwrap();
        rows
    }
}

#[test]
fn a_wheel_says_what_it_was_told() {
    let wheel = WheelBuilder::new("De.Mo", "1.0")
        .requires("other>=2")
        .extra("fast", "speed")
        .requires_python(">=3.8")
        .console("demo", "de_mo:main")
        .gui("gdemo", "de_mo:main")
        .data("headers", "de_mo.h", "/* */\n")
        .script("hello", "#!python\n")
        .build();
    assert_eq!(wheel.filename, "de_mo-1.0-py3-none-any.whl");
    let folder = tempfile::tempdir().unwrap();
    let read = Artifact::from_wheel(&wheel.write_to(folder.path()));
    assert_eq!((read.project.as_str(), read.sha256()), ("de-mo", wheel.sha256()));
    assert_eq!(read.requires_python.as_deref(), Some(">=3.8"));
    let metadata = String::from_utf8(read.metadata.unwrap().to_vec()).unwrap();
    assert!(metadata.contains("Requires-Dist: speed; extra == \"fast\""), "{metadata}");
}
