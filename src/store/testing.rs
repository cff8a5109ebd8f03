//! For tests: a store in a temporary folder, and distributions in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use sha2::{Digest, Sha256 as Hasher};
use tempfile::TempDir;

use super::{Bytecode, Description, DistributionRecord, Made, Opened, Places, SourceRecord, Store};
use crate::fs::Sharing;
use crate::interpreter::Scheme;
use crate::key::{BytecodeMode, DistributionPreimage, PlatformPreimage, Sha256};
use crate::wheel::{File, Laid, Metadata, Mode, Row, Script, Text};

pub(crate) const LIBRARY: &str = "lib/python3.11/site-packages";
pub(crate) const MTIME: u64 = 1_000_000_000;

pub(crate) fn scheme() -> Scheme {
    Scheme {
        purelib: LIBRARY.into(),
        platlib: LIBRARY.into(),
        scripts: "bin".into(),
        headers: "include/site/python3.11".into(),
        data: String::new(),
    }
}

/// A distribution to put into a store; paths are relative to the environment.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) files: Vec<(String, Vec<u8>, Mode)>,
    pub(crate) scripts: Vec<Script>,
    /// Path, content and source.
    pub(crate) bytecode: Vec<(String, Vec<u8>, String)>,
}

impl Draft {
    pub(crate) fn file(mut self, path: &str, content: &[u8]) -> Self {
        self.files.push((path.to_owned(), content.to_owned(), Mode::Plain));
        self
    }

    pub(crate) fn executable(mut self, path: &str, content: &[u8]) -> Self {
        self.files.push((path.to_owned(), content.to_owned(), Mode::Executable));
        self
    }

    pub(crate) fn describe(&self, name: &str, staging: &Path) -> Description {
        let contents = self.files.iter().map(|(path, content, _)| (path, content));
        for (path, content) in contents.chain(self.bytecode.iter().map(|(path, content, _)| (path, content))) {
            let path = staging.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let mut files: Vec<File> = self
            .files
            .iter()
            .map(|(path, content, mode)| file(path, content, *mode))
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let of_script = |path: &str| self.scripts.iter().any(|script| script.path() == path);
        let listed = files.iter().filter(|file| !of_script(&file.path));
        let rows = listed.map(|file| Row::hashed(crate::wheel::relative(&file.path, LIBRARY), &file.sha256, file.size));
        let bytecode = self.bytecode.iter().map(|(path, content, source)| Bytecode {
            path: path.clone(),
            record: crate::wheel::relative(path, LIBRARY),
            source: source.clone(),
            size: content.len() as u64,
            mtime: MTIME,
        });
        Description {
            laid: Laid {
                name: name.into(),
                version: "1.0".into(),
                dist_info: format!("{LIBRARY}/{name}-1.0.dist-info"),
                library: LIBRARY.into(),
                rows: rows.collect(),
                files,
                scripts: self.scripts.clone(),
                metadata: metadata(name),
                warnings: Vec::new(),
            },
            bytecode: bytecode.collect(),
        }
    }
}

fn file(path: &str, content: &[u8], mode: Mode) -> File {
    File {
        path: path.to_owned(),
        size: content.len() as u64,
        sha256: Sha256::from_bytes(Hasher::digest(content).into()),
        mode,
        mtime: MTIME,
    }
}

pub(crate) fn metadata(name: &str) -> Metadata {
    Metadata {
        name: name.into(),
        version: "1.0".into(),
        requires_dist: Vec::new(),
        requires_python: None,
        provides_extra: Vec::new(),
        text: Text::default(),
    }
}

pub(crate) fn preimage(name: &str) -> DistributionPreimage {
    DistributionPreimage {
        name: name.into(),
        version: "1.0".into(),
        artifact: Sha256::from_bytes(Hasher::digest(name).into()),
        implementation: "cpython".into(),
        cache_tag: "cpython-311".into(),
        magic: String::new(),
        scheme: scheme(),
        platform: PlatformPreimage {
            abi: "none".into(),
            platform: "any".into(),
        },
        bytecode: BytecodeMode::Off,
        build: None,
    }
}

/// A writable store in a folder of its own.
pub(crate) struct Shelf {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let opened = open(&folder.path().join("store"), &[], folder.path());
        assert!(opened.unwritable.is_none(), "a folder of our own can be written");
        let store = opened.store;
        Self { folder, store }
    }

    pub(crate) fn put(&self, name: &str, draft: &Draft) -> DistributionRecord {
        put(&self.store, name, draft)
    }
}

pub(crate) fn open(home: &Path, read: &[PathBuf], temporary: &Path) -> Opened {
    let places = Places {
        home,
        read,
        sharing: Sharing::Owner,
        temporary,
        now: 0,
    };
    Store::open(places).unwrap()
}

pub(crate) fn put(store: &Store, name: &str, draft: &Draft) -> DistributionRecord {
    let staging = store.staging().unwrap();
    let tree = staging.join("tree");
    fs::create_dir(&tree).unwrap();
    let preimage = preimage(name);
    let made = Made {
        source: SourceRecord {
            file_name: format!("{name}-1.0-py3-none-any.whl"),
            url: String::new(),
            sha256: preimage.artifact,
            built: false,
            native: None,
        },
        preimage,
        description: draft.describe(name, &tree),
        tree: &tree,
        deflated: None,
        began: Instant::now(),
    };
    let unkept = store.pack_distribution(made, &staging).unwrap();
    store.keep_distribution(unkept).unwrap()
}
