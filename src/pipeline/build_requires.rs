//! Build requirements: resolved, and made, as any other request, so that equal ones are answered by the store.

use std::sync::{Arc, OnceLock};

use super::build_run::Builds;
use super::context::Context;
use super::error::PipelineError;
use super::fill::{Base, Ground};
use super::provided_pip::ProvidedPip;
use crate::environment::snapshot::Snapshot;
use crate::requirements::{Search, Source, contains, parse_dependency};

/// For whom and from where build requirements are resolved.
#[derive(Clone, Copy)]
pub(super) struct BuildAsker<'a> {
    /// What is built, with its version.
    pub(super) project: &'a str,
    /// What is built above it.
    pub(super) builds: &'a Builds,
    /// Where candidates come from.
    pub(super) search: &'a Search,
    /// The pip whose answer it is.
    pub(super) pip: &'a ProvidedPip,
}

impl Context<'_> {
    /// What build requirements come to, for an environment with nothing else in it: as asked before in this run, as recorded, or
    /// asked and made now.
    ///
    /// # Errors
    /// When they cannot be met, or read by snapenv.
    pub(super) fn resolve_build_requirements(
        &self,
        requirements: &[String],
        asker: &BuildAsker,
    ) -> Result<Arc<Snapshot>, PipelineError> {
        asker.builds.answered(requirements, || {
            self.ask_build_requirements(requirements, asker)
                .map_err(|source| match source {
                    PipelineError::Build(error) => PipelineError::Build(error),
                    source => PipelineError::BuildRequirements {
                        project: asker.project.to_owned(),
                        source: Box::new(source),
                    },
                })
        })
    }

    fn ask_build_requirements(&self, requirements: &[String], asker: &BuildAsker) -> Result<Snapshot, PipelineError> {
        let settings = self.settings.for_build_requirements(requirements, asker.search);
        let context = Context {
            world: self.world,
            settings: &settings,
            store: self.store,
            facts: self.facts,
            timeline: self.timeline,
            progress: self.progress,
            newest_pip: OnceLock::from(asker.pip.clone()),
            builds: asker.builds.clone(),
            connections: self.connections.clone(),
        };
        if requirements.is_empty() {
            return context.compose(&[]);
        }
        let requirements = context.requirements()?;
        let search = context.search_of(&requirements);
        let question = context.question(requirements, asker.pip.version(), Vec::new())?;
        let known = context.look_up(&question);
        match known.or_else(|reason| context.look_again(&question).unwrap_or(Err(reason))) {
            Ok(hit) => return Ok(hit.snapshot),
            Err(reason) => context
                .progress
                .detail(&format!("build requirements of {}: {reason}", asker.project)),
        }
        if question.entries.is_empty() {
            return context.compose(&[]);
        }
        let base = Base {
            pip: asker.pip,
            ground: Ground::Build,
        };
        Ok(context.fill(&question, &search, &base)?.snapshot)
    }

    /// Requirements that an environment does not meet: those that are missing in it.
    ///
    /// # Errors
    /// The first that contradicts what is there: it and what is there.
    pub(super) fn unmet(&self, requirements: &[String], environment: &Snapshot) -> Result<Vec<String>, (String, String)> {
        let mut missing = Vec::new();
        for text in requirements {
            // What cannot be read is left to whoever resolves it.
            let Ok(requirement) = parse_dependency(text) else {
                missing.push(text.clone());
                continue;
            };
            let applies = requirement
                .marker
                .as_ref()
                .map(|marker| marker.applies(&self.facts.markers, &[]));
            if matches!(applies, Some(Ok(false))) {
                continue;
            }
            let distributions = &environment.header.distributions;
            match distributions.iter().find(|one| one.name == requirement.name.as_ref()) {
                None => missing.push(text.clone()),
                Some(there) => {
                    let fits = match &requirement.source {
                        Source::Versions(specifiers) => there.version.parse().is_ok_and(|version| contains(specifiers, &version)),
                        Source::Url(_) => true,
                    };
                    if !fits {
                        return Err((format!("{}=={}", there.name, there.version), text.clone()));
                    }
                }
            }
        }
        Ok(missing)
    }
}
