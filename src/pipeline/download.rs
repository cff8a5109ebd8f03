//! `download`: the files of an answer, put into a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::context::Context;
use super::dry_run::Place;
use super::error::PipelineError;
use super::install::{Installation, Said, left_to_pip};
use super::living::beyond;
use super::pip_home::Newest;
use super::said::{said_of_downloaded, said_of_ignored, shown};
use crate::fs::{Cleanup, Context as _, Leftovers, create_folders, own_folder};
use crate::index::{Artifact, Download, FetchError};
use crate::report::Phase;
use crate::requirements::Target;
use crate::resolve::{Answered, Question, walk};
use crate::wheel::Metadata;

/// What files are fetched into, within the folder that they are for.
const STAGING: &str = ".snapenv-download-";

impl Context<'_> {
    /// Puts the files of the answer into the folder `into`. Each appears there complete or not at all; one that is there already, and is the
    /// very one, stays.
    ///
    /// # Errors
    /// When it cannot be answered, or a file not be fetched or written.
    pub fn download(&self, place: Place, into: &Path) -> Result<Installation, PipelineError> {
        let said = self.past_full_store(|| self.download_natively(place, into));
        left_to_pip(said.map(|said| Installation::Done { said, summary: None }))
    }

    fn download_natively(&self, place: Place, into: &Path) -> Result<Said, PipelineError> {
        let requirements = self.native_requirements()?;
        let lines = said_of_ignored(&requirements, &self.facts.markers);
        let files = |target: &Target| match target {
            Target::Index { .. } | Target::Archive { .. } => true,
            Target::Folder { .. } | Target::Vcs { .. } => false,
        };
        if let Some(other) = requirements.entries.iter().find(|entry| !files(&entry.requirement.target)) {
            return Err(beyond(format!("{} is no file", other.requirement)));
        }
        let mut question = self.question_among(requirements, &[])?;
        question.preimage.pip = self.provide_pip(Newest::Known)?.version;
        let (answered, _) = self.answer_at(place, &mut question, &[])?;
        let (names, answered) = self.as_met(&question, answered);
        let saved = self.saved(&question, &answered, into)?;
        let files = answered.iter().zip(saved).map(|(one, saved)| {
            let path = into.join(&one.resolved.artifact.file_name);
            match saved {
                Saved::Now => format!("Saved {}", shown(&path, &self.world.current_dir)),
                Saved::Before => format!("  File was already downloaded {}", path.display()),
            }
        });
        Ok(Said {
            lines: lines.into_iter().chain(files).collect(),
            report: None,
            outcome: said_of_downloaded(&names).into_iter().collect(),
        })
    }

    /// The distributions in the order in which pip meets them, and their names as they are asked for.
    fn as_met(&self, question: &Question, mut answered: Vec<Answered>) -> (Vec<String>, Vec<Answered>) {
        let known: BTreeMap<String, &Metadata> = answered
            .iter()
            .map(|one| (one.resolved.name.clone(), &one.metadata))
            .collect();
        let way = walk(question.start(), &known, &self.facts.markers);
        let met = |one: &Answered| way.met.iter().position(|met| met.name == one.resolved.name);
        answered.sort_by_key(|one| met(one).unwrap_or(usize::MAX));
        let spelled = answered.iter().map(|one| match met(one) {
            Some(place) => way.met[place].spelled.clone(),
            None => one.metadata.name.clone(),
        });
        (spelled.collect(), answered)
    }
}

impl Context<'_> {
    /// Fetches the files that are not there.
    fn saved(&self, question: &Question, answered: &[Answered], into: &Path) -> Result<Vec<Saved>, PipelineError> {
        let to_fetch = answered.iter().map(|one| -> Result<_, PipelineError> {
            let mut fetch = self.to_fetch(&one.resolved.artifact)?;
            fetch.size = one.size;
            Ok(fetch)
        });
        let to_fetch = to_fetch.collect::<Result<Vec<Artifact>, _>>()?;
        create_folders(into).context("create folder", into)?;
        let left = Leftovers {
            folder: into,
            now: self.world.now,
        };
        left.remove_those(|entry| entry.file_name().to_string_lossy().starts_with(STAGING));
        let saved: Vec<Saved> = to_fetch.iter().map(|artifact| self.found(artifact, into)).collect();
        let staging = || own_folder(into, STAGING);
        let ((staging, _lock), _cleanup) = Cleanup::remove_made(staging, |(folder, _)| folder.path())?;
        let missing = to_fetch.into_iter().zip(&saved).filter(|(_, saved)| **saved == Saved::Now);
        let downloads: Vec<Download> = missing
            .map(|(artifact, _)| Download {
                into: staging.path().join(&artifact.filename),
                artifact,
            })
            .collect();
        self.progress
            .step(&format!("fetching {} of {} files", downloads.len(), answered.len()));
        let fetching = self.timeline.span(Phase::Fetch);
        let fetched = self.fetcher(&question.search).fetch_all(&downloads, self.progress);
        drop(fetching);
        // What is complete is kept, whatever became of the others.
        for (download, _) in downloads.iter().zip(&fetched).filter(|(_, fetched)| fetched.is_ok()) {
            let path = into.join(&download.artifact.filename);
            fs::rename(&download.into, &path).context("create", &path)?;
        }
        let failures = fetched.into_iter().filter_map(Result::err);
        match failures.min_by_key(|failure| matches!(failure, FetchError::Stopped)) {
            None => Ok(saved),
            Some(FetchError::NeedsPip { reason, .. }) => Err(beyond(reason.to_string())),
            Some(failure) => Err(failure.into()),
        }
    }

    /// Whether a file is there already. One that is another is replaced.
    fn found(&self, artifact: &Artifact, into: &Path) -> Saved {
        let path = into.join(&artifact.filename);
        match artifact.hashes.accept(&path) {
            Ok(true) => Saved::Before,
            Ok(false) => {
                let name = path.display();
                self.progress
                    .warn(&format!("{name} is there, but has another hash; it is downloaded again"));
                Saved::Now
            }
            Err(_) => Saved::Now,
        }
    }
}

/// When a file was put into the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saved {
    Now,
    Before,
}
