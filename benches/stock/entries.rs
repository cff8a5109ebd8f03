//! What is put into the store.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use snapenv::interpreter::{Libc, Scheme};
use snapenv::key::{
    BytecodeMode, DistributionPreimage, IndexPreimage, InterpreterPreimage, PlatformPreimage, RequestPreimage,
    RequirementPreimage, Sha256,
};
use snapenv::store::{Artifact, ArtifactKind, Description, DistributionRecord, Resolution, Resolved, SourceRecord};
use snapenv::wheel::{File, Laid, Metadata, Mode, Row, Text};

use super::Anything;

/// So many distributions are of one project: ten versions, for five interpreters.
pub(crate) const OF_PROJECT: usize = 50;
const INTERPRETERS: usize = 5;
/// Modules of a distribution.
const MODULES: usize = 6;
const LIBRARY: &str = "lib/python3.11/site-packages";
const MTIME: u64 = 1_000_000_000;

pub(crate) fn scheme() -> Scheme {
    Scheme {
        purelib: LIBRARY.into(),
        platlib: LIBRARY.into(),
        scripts: "bin".into(),
        headers: "include/site/python3.11".into(),
        data: String::new(),
    }
}

fn project(number: usize) -> String {
    format!("stock-{:04}", number / OF_PROJECT)
}

fn version(number: usize) -> String {
    format!("1.{}", number % OF_PROJECT / INTERPRETERS)
}

/// The wheel that a distribution is of; every seventh was built.
pub(crate) fn artifact(number: usize) -> (DistributionPreimage, SourceRecord) {
    let (name, version) = (project(number), version(number));
    let source = SourceRecord {
        file_name: format!("{name}-{version}-py3-none-any.whl"),
        url: format!("https://index.example/{name}/{name}-{version}-py3-none-any.whl"),
        sha256: Sha256::of(format!("{name} {version}").as_bytes()),
        built: number.is_multiple_of(7),
        native: None,
    };
    let preimage = DistributionPreimage {
        name,
        version,
        artifact: source.sha256,
        implementation: "cpython".into(),
        cache_tag: format!("cpython-3{}", 9 + number % INTERPRETERS),
        magic: String::new(),
        scheme: scheme(),
        platform: PlatformPreimage {
            abi: "none".into(),
            platform: "any".into(),
        },
        bytecode: BytecodeMode::Off,
        build: None,
    };
    (preimage, source)
}

/// Writes the files of a distribution into the new folder `tree`, and describes them.
pub(crate) fn describe(number: usize, tree: &Path) -> Anything<Description> {
    let (name, version) = (project(number), version(number));
    let package = name.replace('-', "_");
    let mut files = Vec::new();
    let mut rows = Vec::new();
    for module in 0..MODULES {
        let path = format!("{package}/module_{module}.py");
        let text = format!("NUMBER = {number}\nMODULE = {module}\n");
        let whole = format!("{LIBRARY}/{path}");
        let place = tree.join(&whole);
        fs::create_dir_all(place.parent().unwrap_or(tree))?;
        fs::write(&place, &text)?;
        let (size, sha256) = (text.len() as u64, Sha256::of(text.as_bytes()));
        rows.push(Row::hashed(&path, &sha256, size));
        files.push(File {
            path: whole,
            size,
            sha256,
            mode: Mode::Plain,
            mtime: MTIME,
        });
    }
    Ok(Description {
        laid: Laid {
            dist_info: format!("{LIBRARY}/{package}-{version}.dist-info"),
            library: LIBRARY.into(),
            files,
            scripts: Vec::new(),
            rows,
            metadata: Metadata {
                name: name.clone(),
                version: version.clone(),
                requires_dist: Vec::new(),
                requires_python: None,
                provides_extra: Vec::new(),
                text: Text::default(),
            },
            name,
            version,
            warnings: Vec::new(),
        },
        bytecode: Vec::new(),
    })
}

pub(crate) fn resolution(chosen: &[&DistributionRecord]) -> Resolution {
    let resolved = |record: &&DistributionRecord| Resolved {
        name: record.preimage.name.clone(),
        version: record.preimage.version.clone(),
        artifact: Artifact {
            kind: ArtifactKind::Wheel,
            url: record.source.url.clone(),
            file_name: record.source.file_name.clone(),
            sha256: Some(record.source.sha256),
            hashes: BTreeMap::new(),
        },
        requested: true,
        direct_url: None,
        yanked: false,
        extras: Vec::new(),
        settings: Vec::new(),
    };
    Resolution {
        distributions: chosen.iter().map(resolved).collect(),
    }
}

pub(crate) fn request(number: usize, chosen: &[&DistributionRecord]) -> RequestPreimage {
    let requirement = |record: &&DistributionRecord| RequirementPreimage {
        requirement: format!("{}=={}", record.preimage.name, record.preimage.version),
        hashes: Vec::new(),
        settings: Vec::new(),
    };
    RequestPreimage {
        requirements: chosen.iter().map(requirement).collect(),
        constraints: Vec::new(),
        index: IndexPreimage {
            indexes: Vec::new(),
            find_links: Vec::new(),
            no_index: false,
        },
        // No two requests are the same.
        options: BTreeMap::from([("number".to_owned(), vec![number.to_string()])]),
        local: Vec::new(),
        interpreter: InterpreterPreimage {
            implementation: "cpython".into(),
            version: "3.11.7".into(),
            abi: "cp311".into(),
            soabi: "cpython-311-x86_64-linux-gnu".into(),
            platform: "linux-x86_64".into(),
            libc: Libc::Glibc(2, 36),
            magic: "a70d0d0a".into(),
            scheme: scheme(),
            markers: BTreeMap::from([("python_version".into(), "3.11".into())]),
        },
        volatile: BTreeMap::new(),
        pip: "26.3".into(),
        visible: Vec::new(),
        bytecode: BytecodeMode::Off,
    }
}
