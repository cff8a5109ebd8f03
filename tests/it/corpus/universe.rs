//! What sets are asked over: the recorded index, and synthetic universes whose wheels and sdists are built here.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::Arc;

use flate2::read::GzDecoder;
use serde::Deserialize;

use super::fixtures;
use super::sets::RECORDED;
use crate::artifact::{Artifact, sha256};
use crate::replay::{Distribution, Place, Universe};
use crate::sdist_builder::{Kind, SdistBuilder};
use crate::wheel_builder::WheelBuilder;

/// The pip whose answers are recorded.
pub(super) const PIP: &str = "26.3";

/// A project of the recording.
#[derive(Deserialize)]
struct Recorded {
    project: String,
    files: Vec<RecordedFile>,
}

#[derive(Deserialize)]
struct RecordedFile {
    file: String,
    /// Of files whose METADATA pip read.
    sha256: Option<String>,
    python: Option<String>,
    yanked: Option<Yanked>,
    uploaded: Option<String>,
    metadata: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Reason(String),
    Bare(bool),
}

/// What is made of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    #[default]
    Wheel,
    Sdist,
    /// An sdist that does not build.
    Broken,
    /// A local project in a folder.
    Project,
}

/// A line of a synthetic universe.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Made {
    place: String,
    pub(super) name: String,
    version: String,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    pub(super) kind: Form,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    extras: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    python: Option<String>,
    #[serde(default)]
    yanked: Option<String>,
    #[serde(default)]
    uploaded: Option<String>,
    /// What the METADATA beside the file says instead.
    #[serde(default)]
    says: BTreeMap<String, String>,
    /// Whether METADATA is served apart.
    #[serde(default = "yes")]
    apart: bool,
}

fn yes() -> bool {
    true
}

/// All universes by name; each has a pip that hands on to `pip_stub`.
pub(super) fn all(pip_stub: &str) -> BTreeMap<String, Universe> {
    let mut universes: BTreeMap<String, Universe> = synthetic().into_iter().map(|(name, made)| (name, built(&made))).collect();
    universes.insert(RECORDED.to_owned(), Universe::from([("main".to_owned(), recorded())]));
    let pip = WheelBuilder::new("pip", PIP)
        .requires_python(">=3.9")
        .file("pip/__main__.py", pip_stub)
        .console("pip", "pip.__main__:main")
        .build();
    for places in universes.values_mut() {
        let main = places.entry("main".to_owned()).or_default();
        main.clear("pip");
        main.add("pip", served(&pip));
    }
    universes
}

/// The lines of each synthetic universe.
pub(super) fn synthetic() -> BTreeMap<String, Vec<Made>> {
    let paths = fs::read_dir(fixtures("universes"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let made = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), made)
        })
        .collect()
}

fn recorded() -> Place {
    let mut place = Place::default();
    let Ok(file) = File::open(fixtures("index.jsonl.gz")) else {
        return place;
    };
    for line in BufReader::new(GzDecoder::new(file)).lines() {
        let page: Recorded = serde_json::from_str(&line.unwrap()).unwrap();
        for file in page.files {
            place.add(&page.project, file.into());
        }
    }
    place
}

impl From<RecordedFile> for Distribution {
    fn from(file: RecordedFile) -> Self {
        Self {
            // Nobody sees its bytes: any digest will do, if it is always the same.
            sha256: file.sha256.unwrap_or_else(|| sha256(file.file.as_bytes())),
            announced: file.file.ends_with(".whl"),
            filename: file.file,
            requires_python: file.python,
            yanked: file.yanked.and_then(|yanked| match yanked {
                Yanked::Reason(reason) => Some(reason),
                Yanked::Bare(yanked) => yanked.then(String::new),
            }),
            uploaded: file.uploaded,
            metadata: file.metadata.map(|text| text.into_bytes().into()),
            body: None,
        }
    }
}

fn built(made: &[Made]) -> Universe {
    let mut places = Universe::new();
    for one in made.iter().filter(|one| one.kind != Form::Project) {
        let artifact = if one.kind == Form::Wheel {
            one.wheel()
        } else {
            one.sdist().build()
        };
        let mut distribution = served(&artifact);
        distribution.announced &= one.apart;
        distribution.metadata = distribution.metadata.filter(|_| one.apart).map(|text| one.retold(&text));
        distribution.requires_python.clone_from(&one.python);
        distribution.yanked.clone_from(&one.yanked);
        distribution.uploaded.clone_from(&one.uploaded);
        places
            .entry(one.place.clone())
            .or_default()
            .add(&artifact.project, distribution);
    }
    places
}

fn served(artifact: &Artifact) -> Distribution {
    Distribution {
        filename: artifact.filename.clone(),
        sha256: artifact.sha256(),
        announced: artifact.metadata.is_some(),
        metadata: artifact.metadata.clone(),
        body: Some(Arc::clone(&artifact.bytes)),
        ..Distribution::default()
    }
}

impl Made {
    fn wheel(&self) -> Artifact {
        let mut wheel = WheelBuilder::new(&self.name, &self.version);
        if let Some(tag) = &self.tag {
            wheel = wheel.tag(tag);
        }
        for need in &self.needs {
            wheel = wheel.requires(need);
        }
        for (extra, needs) in &self.extras {
            wheel = wheel.provides(extra);
            for need in needs {
                wheel = wheel.extra(extra, need);
            }
        }
        if let Some(python) = self.python.as_ref().filter(|python| python.starts_with(['<', '>', '!'])) {
            wheel = wheel.requires_python(python);
        }
        wheel.build()
    }

    fn sdist(&self) -> SdistBuilder {
        let kind = if self.kind == Form::Broken { Kind::Broken } else { Kind::Pure };
        let sdist = SdistBuilder::new(&self.name, &self.version).kind(kind);
        self.needs.iter().fold(sdist, |sdist, need| sdist.requires(need))
    }

    /// Writes the local project into a folder below `folder`.
    pub(super) fn write_to(&self, folder: &Path) {
        self.sdist().write_to(&folder.join(&self.name));
    }

    fn retold(&self, text: &[u8]) -> Arc<[u8]> {
        let mut text = String::from_utf8(text.to_vec()).unwrap();
        for (field, value) in &self.says {
            let start = format!("{field}: ");
            let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(&start)).collect();
            text = format!("{}\n{start}{value}\n", kept.join("\n"));
        }
        text.into_bytes().into()
    }
}
