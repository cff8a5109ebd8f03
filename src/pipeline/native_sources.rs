//! What a native search asks for: pages and metadata of indexes, and what has to be built to be known.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pep508_rs::PackageName;
use serde_json::json;

use super::build_tree::{Order, Source};
use super::build_wheel::beyond;
use super::error::PipelineError;
use super::index_access::IndexSources;
use super::obtain::Workshop;
use super::source_archives::SourceArchive;
use crate::build::{ConfigSettings, Product};
use crate::index::metadata::Wanted;
use crate::index::simple::Offered;
use crate::key::SnapshotKey;
use crate::requirements::{Entry, Mode, Target};
use crate::resolve::candidates::Candidate;
use crate::resolve::{Question, Referenced, Sources, Unfit, artifact};
use crate::settings::Freshness;
use crate::store::{Artifact, ArtifactKind, Resolved};
use crate::wheel::{Metadata, Wheel};

/// The facts of a native search.
pub(super) struct NativeSources<'a> {
    pub(super) index: &'a IndexSources<'a>,
    pub(super) workshop: Workshop<'a>,
    pub(super) question: &'a Question,
    /// What ends the run: pip would have failed there, too.
    failed: Mutex<Option<PipelineError>>,
}

impl<'a> NativeSources<'a> {
    pub(super) fn new(index: &'a IndexSources<'a>, workshop: Workshop<'a>, question: &'a Question) -> Self {
        Self {
            index,
            workshop,
            question,
            failed: Mutex::default(),
        }
    }

    /// What ended the search, if it was not a want of knowledge.
    pub(super) fn into_failure(self) -> Option<PipelineError> {
        self.failed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The metadata of an sdist: known, or as its backend says.
    fn of_sdist(&self, archive: &SourceArchive, settings: &ConfigSettings, project: &str) -> Result<Arc<Metadata>, Unfit> {
        let context = self.workshop.context;
        // Nobody knows name and version before.
        let question = self.workshop.build_question(&sdist_of(archive, settings, ("", "")));
        let enough = context.settings.freshness != Freshness::Refresh && context.wanted_of_metadata() == Wanted::Essentials;
        let kept = question
            .as_ref()
            .filter(|_| enough)
            .and_then(|question| context.store.prepared(question));
        if let Some(metadata) = kept {
            return Ok(Arc::new(metadata));
        }
        let order = Order {
            project,
            source: Source::Archive {
                archive: &archive.path,
                part: archive.part.as_deref(),
            },
            settings,
            product: Product::Wheel,
        };
        // A wheel that had to be built for its metadata is not built twice.
        let metadata = self.prepared(order, |wheel, metadata, held| {
            let Ok(name) = metadata.name.parse::<PackageName>() else {
                return;
            };
            let built = sdist_of(archive, settings, (name.as_ref(), &metadata.version));
            if let Err(error) = self.workshop.keep_built(&built, wheel, held) {
                context.progress.detail(&format!("{project}: {error}"));
            }
        })?;
        let put = question.map(|question| context.store.put_prepared(&question, metadata.clone()));
        if let Some(Err(error)) = put {
            context.progress.detail(&error.to_string());
        }
        Ok(Arc::new(metadata))
    }

    /// What the backend says; `built` is shown the wheel that it may have had to build for that.
    fn prepared(&self, order: Order, built: impl FnOnce(&Path, &Metadata, Vec<SnapshotKey>)) -> Result<Metadata, Unfit> {
        let context = self.workshop.context;
        context.progress.step(&format!("preparing metadata of {}", order.project));
        self.workshop
            .prepare_metadata(order, built)
            .map_err(|error| self.stopped(error))
    }

    /// Why something that has to be built is not known. What would stop pip stops the run.
    fn stopped(&self, error: PipelineError) -> Unfit {
        match beyond(error) {
            Ok(reason) => Unfit::Unknown(reason),
            Err(error) => {
                let reason = error.to_string();
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Unfit::Unknown(reason)
            }
        }
    }
}

/// An sdist as an answer would have it.
fn sdist_of(archive: &SourceArchive, settings: &ConfigSettings, (name, version): (&str, &str)) -> Resolved {
    let pairs = settings
        .iter()
        .flat_map(|(key, values)| values.iter().map(move |value| format!("{key}={value}")));
    Resolved {
        name: name.to_owned(),
        version: version.to_owned(),
        artifact: Artifact {
            kind: ArtifactKind::Sdist,
            url: archive.url.clone(),
            file_name: archive.file_name.clone(),
            sha256: Some(archive.sha256),
            hashes: BTreeMap::new(),
        },
        requested: false,
        // No more than tells it from other parts.
        direct_url: archive.part.as_ref().map(|part| json!({ "subdirectory": part }).to_string()),
        yanked: false,
        extras: Vec::new(),
        settings: pairs.collect(),
    }
}

impl Sources for NativeSources<'_> {
    fn listings(&self, project: &PackageName) -> Result<Offered, String> {
        self.index.listings(project)
    }

    fn metadata(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unfit> {
        if candidate.link.filename.ends_with(".whl") {
            return self.index.metadata(candidate);
        }
        let mut asked = self.question.entries.iter();
        let entry = asked.find(|entry| entry.requirement.name() == Some(&candidate.name));
        let settings = entry.map(|entry| entry.config_settings.clone()).unwrap_or_default();
        let archive = self.offered_archive(candidate)?;
        self.of_sdist(&archive, &settings, &format!("{} {}", candidate.name, candidate.version))
    }

    fn expect(&self, wheel: &Candidate, metadata: &Metadata) {
        let Some(ahead) = self.workshop.ahead else { return };
        let resolved = Resolved {
            name: wheel.name.to_string(),
            version: metadata.version.clone(),
            artifact: artifact(wheel),
            requested: true,
            direct_url: None,
            yanked: wheel.link.yanked.is_some(),
            extras: Vec::new(),
            settings: Vec::new(),
        };
        if self.workshop.known(&resolved).is_none() {
            ahead.expect(resolved, wheel.link.size);
        }
    }

    fn direct(&self, entry: &Entry) -> Result<Referenced, Unfit> {
        let requirement = &entry.requirement;
        let unknown = |reason: &str| Unfit::Unknown(format!("{requirement}: {reason}"));
        match &requirement.target {
            Target::Archive { link, .. } => {
                let archive = self.referenced_archive(entry, link)?;
                let metadata = if link.is_wheel() {
                    let wheel = Wheel::open(&archive.path).map_err(|error| unknown(&error.to_string()))?;
                    Arc::new(wheel.metadata().clone())
                } else {
                    self.of_sdist(&archive, &entry.config_settings, &archive.name())?
                };
                Ok(Referenced {
                    metadata,
                    sha256: Some(archive.sha256),
                })
            }
            Target::Folder { path, link, mode, .. } => {
                if link.subdirectory().is_some() {
                    return Err(unknown("it is a part of a folder"));
                }
                if self.requires_hashes() {
                    return Err(unknown("a folder has no hash"));
                }
                let order = Order {
                    project: &path.to_string_lossy(),
                    source: Source::Folder(path),
                    settings: &entry.config_settings,
                    product: match mode {
                        Mode::Regular => Product::Wheel,
                        Mode::Editable => Product::Editable,
                    },
                };
                Ok(Referenced {
                    metadata: Arc::new(self.prepared(order, |_, _, _| {})?),
                    sha256: None,
                })
            }
            Target::Vcs { .. } => Err(unknown("it is a checkout")),
            Target::Index { .. } => Err(unknown("it is no direct reference")),
        }
    }
}
