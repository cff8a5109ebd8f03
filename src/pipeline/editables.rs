//! Editable projects: built by their backends (PEP 660) and added to an environment that has everything else, or left to pip.

use std::ffi::OsString;
use std::path::Path;

use pep440_rs::Version;

use super::build_tree::{Order, Source};
use super::build_wheel::{beyond, local_folder};
use super::context::Context;
use super::error::PipelineError;
use super::fill::Filled;
use super::obtain::Workshop;
use crate::build::{BuildError, Product, config_settings};
use crate::environment::snapshot::Member;
use crate::environment::{AddError, Added, InTheWay, add};
use crate::pip::Pip;
use crate::resolve::{Answer, ResolveError};
use crate::store::{ArtifactKind, DistributionRecord, Resolved};

/// The first pip that installs every editable project by its backend.
const NO_DEVELOP: [u64; 2] = [25, 3];

/// An editable project of an answer.
#[derive(Debug)]
pub(super) struct Editable {
    resolved: Resolved,
    /// What its backend made; nothing where only pip knows how.
    pub(super) record: Option<DistributionRecord>,
}

impl Editable {
    /// Its normalized project name.
    pub(super) fn name(&self) -> &str {
        &self.resolved.name
    }

    /// It as a part of a snapshot.
    pub(super) fn member(&self) -> Option<Member<'_>> {
        Some(Member {
            record: self.record.as_ref()?,
            requested: self.resolved.requested,
            direct_url: self.resolved.direct_url.as_deref(),
        })
    }
}

/// The editable projects of an answer, all of them left to pip.
pub(super) fn editables_left(answer: &Answer) -> Vec<Editable> {
    let left = |resolved: &Resolved| Editable {
        resolved: resolved.clone(),
        record: None,
    };
    editables_of(answer).map(left).collect()
}

fn editables_of(answer: &Answer) -> impl Iterator<Item = &Resolved> {
    let resolved = answer.distributions.iter().map(|answered| &answered.resolved);
    resolved.filter(|resolved| resolved.artifact.kind == ArtifactKind::Editable)
}

impl Workshop<'_> {
    /// Builds the editable projects of an answer.
    ///
    /// # Errors
    /// When one cannot be built.
    pub(super) fn editables(&self, answer: &Answer) -> Result<Vec<Editable>, PipelineError> {
        editables_of(answer)
            .map(|resolved| {
                let record = match self.editable(resolved) {
                    Ok(record) => Some(record),
                    // Later on, more is installed than pip would build it among.
                    Err(error) if !self.context.isolates() => return Err(error),
                    Err(error) => {
                        let reason = beyond(error)?;
                        let progress = self.context.progress;
                        progress.detail(&format!("{} is installed by pip: {reason}", resolved.name));
                        None
                    }
                };
                let resolved = resolved.clone();
                Ok(Editable { resolved, record })
            })
            .collect()
    }

    fn editable(&self, resolved: &Resolved) -> Result<DistributionRecord, PipelineError> {
        let left = |reason: &str| ResolveError::Beyond(reason.to_owned());
        let version: Option<Version> = self.pip_record.version().parse().ok();
        if version.is_none_or(|version| version < Version::new(NO_DEVELOP)) {
            return Err(left("this pip has a way of its own with editable projects").into());
        }
        let folder = local_folder(resolved).ok_or_else(|| left("it is a part of a folder"))?;
        self.context.progress.step(&format!("building editable {}", resolved.name));
        let (project, settings) = (folder.to_string_lossy(), config_settings(&resolved.settings));
        let tree = self.build_tree(Order {
            project: &project,
            source: Source::Folder(&folder),
            settings: &settings,
            product: Product::Editable,
        })?;
        let wheel = tree.wheel()?;
        self.keep_built(resolved, &wheel, tree.held())
    }
}

impl Filled {
    /// Whether pip has to install something.
    pub(super) fn leaves_editables(&self) -> bool {
        self.editables.iter().any(|editable| editable.record.is_none())
    }
}

impl Context<'_> {
    /// Adds the editable projects that were built to an environment, whose interpreter is named by its final path; if one of their files
    /// is in the way of another, pip installs them.
    ///
    /// # Errors
    /// When the environment cannot be written.
    pub(super) fn add_editables(&self, filled: &mut Filled, target: &Path, python: &Path) -> Result<(), PipelineError> {
        let members: Vec<Member> = filled.editables.iter().filter_map(Editable::member).collect();
        if members.is_empty() {
            return Ok(());
        }
        let snapshot = self.compose(&members)?;
        let added = self.trees().healing(&snapshot, &|trees| {
            add(&self.assembly((&snapshot, trees), (target, python), InTheWay::Kept))
        });
        match added {
            Ok(Added { journal, .. }) => Ok(journal.commit()?),
            Err(PipelineError::Add(AddError::Taken(path))) => {
                self.progress.detail(&format!(
                    "pip installs editable projects: {} is there already",
                    path.display()
                ));
                filled.editables.iter_mut().for_each(|editable| editable.record = None);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Has pip install the editable projects that are left to it, into the environment at its final place; without any this does nothing.
    ///
    /// # Errors
    /// When there is no pip to run, or it fails.
    pub(super) fn install_editables(
        &self,
        filled: &Filled,
        pip: impl FnOnce() -> Result<Pip, PipelineError>,
    ) -> Result<(), PipelineError> {
        let left: Vec<OsString> = filled.editables.iter().filter_map(argument).flatten().collect();
        if left.is_empty() {
            return Ok(());
        }
        self.progress.step("installing editable projects with pip");
        let mut pip = pip()?;
        pip.variables.clone_from(&filled.variables);
        let mut arguments: Vec<OsString> = ["install", "--no-deps", "--no-input", "--quiet"].map(OsString::from).to_vec();
        for settings in self.settings.answers.get("config-settings").into_iter().flatten() {
            arguments.extend(["--config-settings".into(), settings.into()]);
        }
        if !self.isolates() {
            arguments.push("--no-build-isolation".into());
        }
        arguments.extend(left);
        let finished = pip.run(&arguments, &self.world.current_dir, self.progress)?;
        if finished.code == 0 {
            return Ok(());
        }
        Err(BuildError::Failed {
            project: "editable projects".to_owned(),
            code: finished.code,
            output: finished.output,
        }
        .into())
    }
}

/// What pip is asked to install in editable mode: the folder; extras are resolved already.
fn argument(editable: &Editable) -> Option<[OsString; 2]> {
    let Editable { resolved, record: None } = editable else {
        return None;
    };
    let url = url::Url::parse(&resolved.artifact.url).ok()?;
    Some([OsString::from("--editable"), url.to_file_path().ok()?.into_os_string()])
}
