//! Source distributions (PEP 517) made to order, with their build backend in the tree, so that a build needs nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::artifact::{Artifact, normalize};

/// What comes of building it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A wheel for any platform.
    Pure,
    /// A wheel with an extension, compiled by `cc`.
    Extension,
    /// A failure with a compiler's message.
    Broken,
}

/// An sdist, or a local project, in the making.
#[derive(Debug, Clone)]
pub(crate) struct SdistBuilder {
    name: String,
    version: String,
    kind: Kind,
    requires: Vec<String>,
    build_requires: Vec<String>,
    console: Vec<String>,
    backend: String,
}

impl SdistBuilder {
    /// A project of one module, named as the project, that knows its version.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            kind: Kind::Pure,
            requires: Vec::new(),
            build_requires: Vec::new(),
            console: Vec::new(),
            backend: include_str!("assets/backend.py").to_owned(),
        }
    }

    /// What comes of building it.
    pub(crate) fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// A requirement of the built wheel.
    pub(crate) fn requires(mut self, requirement: &str) -> Self {
        self.requires.push(requirement.to_owned());
        self
    }

    /// A requirement of the build; the first of them is imported while building.
    pub(crate) fn build_requires(mut self, requirement: &str) -> Self {
        self.build_requires.push(requirement.to_owned());
        self
    }

    /// What a wheel is built by instead: the body of `build_wheel(*_)`, a line each.
    pub(crate) fn built_by(mut self, lines: &[&str]) -> Self {
        self.backend = format!("def build_wheel(*_):\n    {}\n", lines.join("\n    "));
        self
    }

    /// A console script, such as `demo:main`.
    pub(crate) fn console(mut self, name: &str, target: &str) -> Self {
        self.console.push(format!("{name} = {target}"));
        self
    }

    /// Packs the tree as `.tar.gz`.
    pub(crate) fn build(&self) -> Artifact {
        let stem = format!("{}-{}", self.module(), self.version);
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (path, contents) in self.files() {
            let mut header = tar::Header::new_ustar();
            header.set_size(contents.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(1_577_836_800);
            tar.append_data(&mut header, format!("{stem}/{path}"), contents.as_bytes())
                .unwrap();
        }
        Artifact {
            project: normalize(&self.name),
            filename: format!("{stem}.tar.gz"),
            bytes: tar.into_inner().unwrap().finish().unwrap().into(),
            metadata: None,
            requires_python: None,
            yanked: None,
        }
    }

    /// Writes the tree as a local project and returns its folder.
    pub(crate) fn write_to(&self, folder: &Path) -> PathBuf {
        for (path, contents) in self.files() {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        folder.to_owned()
    }

    fn module(&self) -> String {
        normalize(&self.name).replace('-', "_")
    }

    fn files(&self) -> BTreeMap<String, String> {
        let module = self.module();
        let mut info = format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", self.name, self.version);
        for requirement in &self.requires {
            writeln!(info, "Requires-Dist: {requirement}").unwrap();
        }
        let about = json!({
            "name": self.name, "version": self.version, "module": module, "requires": self.requires,
            "build_requires": self.build_requires, "console": self.console,
            "kind": match self.kind { Kind::Pure => "pure", Kind::Extension => "extension", Kind::Broken => "broken" },
        });
        let requires = serde_json::to_string(&self.build_requires).unwrap();
        BTreeMap::from([
            ("PKG-INFO".to_owned(), info),
            ("backend.py".to_owned(), self.backend.clone()),
            ("extension.c".to_owned(), include_str!("assets/extension.c").to_owned()),
            ("project.json".to_owned(), about.to_string()),
            (
                "pyproject.toml".to_owned(),
                format!("[build-system]\nrequires = {requires}\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n"),
            ),
            (
                format!("src/{module}/__init__.py"),
                format!(
                    "__version__ = {:?}\n\n\ndef main():\n    print({:?})\n",
                    self.version, self.name
                ),
            ),
        ])
    }
}
