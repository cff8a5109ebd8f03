//! pip's installation report, made of an answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::PipelineError;
use super::hit::Hit;
use super::living::beyond;
use super::pip_home::Newest;
use crate::fs::Context as _;
use crate::index::metadata::Wanted;
use crate::pip::{ArchiveInfo, DownloadInfo, InstallReport, PipError, ReportEntry};
use crate::resolve::{Answered, Question, ResolveError};
use crate::settings::ReportTo;
use crate::store::Resolved;
use crate::wheel::{CoreMetadata, Metadata};

impl Context<'_> {
    /// The distributions of a known request, with all of their metadata.
    ///
    /// # Errors
    /// The reason why it is a miss after all.
    pub(super) fn answer_of(&self, question: &Question, hit: &Hit) -> Result<Vec<Answered>, String> {
        let record = self.recorded(question)?;
        let trees = self.trees().of(&hit.snapshot).map_err(|error| error.to_string())?;
        let files = hit
            .snapshot
            .header
            .distributions
            .iter()
            .zip(&hit.snapshot.generated)
            .zip(&trees);
        let metadata: BTreeMap<&str, PathBuf> = files
            .map(|((one, generated), tree)| (one.name.as_str(), tree.join(&generated.dist_info).join("METADATA")))
            .collect();
        let distributions = record.resolution.distributions.into_iter().map(|resolved| {
            let path = metadata.get(resolved.name.as_str());
            let path = path.ok_or_else(|| format!("{} is not in the snapshot", resolved.name))?;
            let (metadata, core) = read(path)?;
            Ok(Answered {
                resolved,
                metadata,
                core: Some(core),
                size: None,
            })
        });
        distributions.collect()
    }

    /// How much of METADATA is read: a report has all of it.
    pub(super) fn wanted_of_metadata(&self) -> Wanted {
        match self.settings.report {
            Some(_) => Wanted::Text,
            None => Wanted::Essentials,
        }
    }

    /// The report of what is to be installed.
    ///
    /// # Errors
    /// When not all metadata is at hand.
    fn report(&self, question: &Question, distributions: &[Answered]) -> Result<InstallReport, PipelineError> {
        let entries = distributions.iter().map(|answered| {
            let metadata = self.core_of(question, answered)?;
            let extras = Some(&answered.resolved.extras).filter(|_| answered.resolved.requested);
            Ok(ReportEntry {
                download_info: download_info(&answered.resolved),
                is_direct: answered.resolved.direct_url.is_some(),
                is_yanked: answered.resolved.yanked,
                requested: answered.resolved.requested,
                metadata,
                requested_extras: extras.cloned().unwrap_or_default(),
            })
        });
        let entries = entries.collect::<Result<_, PipelineError>>()?;
        Ok(InstallReport::new(
            question.preimage.pip.clone(),
            entries,
            self.facts.markers.clone(),
        ))
    }

    /// All metadata of a distribution: as whoever answered had it, as it was read, or from the store.
    fn core_of(&self, question: &Question, answered: &Answered) -> Result<CoreMetadata, PipelineError> {
        let read = || CoreMetadata::parse(answered.metadata.text.get()?.as_bytes()).ok();
        let core = answered.core.clone().or_else(read);
        let core = core.or_else(|| self.core_of_pin(question, &answered.resolved.name));
        core.ok_or_else(|| beyond(format!("not all metadata of {} is at hand", answered.resolved.name)))
    }

    /// Makes and writes the report, if one is wanted.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn delivered(&self, question: &Question, distributions: &[Answered]) -> Result<Option<String>, PipelineError> {
        if self.settings.report.is_none() {
            return Ok(None);
        }
        let mut report = self.report(question, distributions)?;
        if report.pip_version.is_empty() {
            report.pip_version = self.provide_pip(Newest::Known)?.version;
        }
        self.deliver(&report)
    }

    /// Writes a report where it is wanted; for standard output the text is answered.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn deliver(&self, report: &InstallReport) -> Result<Option<String>, PipelineError> {
        let Some(to) = &self.settings.report else { return Ok(None) };
        let path = match to {
            ReportTo::Stdout => PathBuf::from("-"),
            ReportTo::File(path) => self.world.current_dir.join(path),
        };
        let text = report.text().map_err(|error| PipError::Report {
            path: path.clone(),
            reason: error.to_string(),
        });
        let text = text.map_err(ResolveError::from)?;
        match to {
            ReportTo::Stdout => Ok(Some(text)),
            ReportTo::File(_) => {
                std::fs::write(&path, text).context("write", &path)?;
                Ok(None)
            }
        }
    }

    /// All metadata of what a pin was answered with, from the store.
    fn core_of_pin(&self, question: &Question, name: &str) -> Option<CoreMetadata> {
        let pin = self.store.pin(&question.pin_of(name)?)?;
        let record = self.store.distribution(&pin.preimage)?;
        let tree = self.store.ensure_tree(&pin.preimage, pin.distribution, record.content).ok()?;
        let (_, core) = read(&tree.join(&record.description.laid.dist_info).join("METADATA")).ok()?;
        Some(core)
    }
}

fn read(path: &Path) -> Result<(Metadata, CoreMetadata), String> {
    let wrong = |reason: String| format!("{}: {reason}", path.display());
    let content = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let metadata = Metadata::parse(&content).map_err(|error| wrong(error.to_string()))?;
    let core = CoreMetadata::parse(&content).map_err(|error| wrong(error.to_string()))?;
    Ok((metadata, core))
}

/// Where a distribution comes from: as `direct_url.json` says it, or from an index.
fn download_info(resolved: &Resolved) -> DownloadInfo {
    let direct = resolved
        .direct_url
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    direct.unwrap_or_else(|| {
        let mut hashes = resolved.artifact.hashes.clone();
        hashes.extend(
            resolved
                .artifact
                .sha256
                .map(|digest| ("sha256".to_owned(), digest.to_string())),
        );
        let first = hashes.get_key_value("sha256").or_else(|| hashes.first_key_value());
        DownloadInfo {
            url: resolved.artifact.url.clone(),
            archive_info: Some(ArchiveInfo {
                hash: first.map(|(algorithm, digest)| format!("{algorithm}={digest}")),
                hashes: (!hashes.is_empty()).then_some(hashes),
            }),
            dir_info: None,
            vcs_info: None,
            subdirectory: None,
        }
    })
}
