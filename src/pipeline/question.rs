//! From settings to the question that is asked.

use std::collections::BTreeMap;
use std::path::Path;

use super::context::Context;
use super::error::PipelineError;
use super::living::beyond;
use crate::environment::{Installed, installed_in};
use crate::key::VisibleDistribution;
use crate::requirements::{Asked, Requirements, Search, contradiction, read};
use crate::resolve::{Asker, Question, ResolveError, Surroundings};
use crate::settings::WorldLoader;
use crate::wheel::Metadata;

impl Context<'_> {
    /// Reads requirements files and arguments.
    ///
    /// # Errors
    /// When pip would refuse them too, or only pip can read them.
    pub(super) fn requirements(&self) -> Result<Requirements, PipelineError> {
        let asked = &self.settings.asked;
        // Read once, a pipe is empty: what pip reads later would be another request.
        for name in asked.requirement_files.iter().chain(&asked.constraint_files) {
            let metadata = std::fs::metadata(self.world.current_dir.join(name));
            if metadata.is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
                return Err(ResolveError::Beyond(format!("{name} is no regular file")).into());
            }
        }
        if let Some(reason) = contradiction(&self.settings.search) {
            return Err(ResolveError::refused(&format!("ERROR: {reason}\n")).into());
        }
        let answers = &self.settings.answers;
        if answers.contains_key("only-deps") && (answers.contains_key("no-deps") || !asked.requirement_files.is_empty()) {
            return Err(ResolveError::Beyond("--only-deps does not go with other options".to_owned()).into());
        }
        let search = Search::from_settings(&self.settings.search);
        let loader = WorldLoader {
            world: self.world,
            fetcher: &|| self.fetcher(&search),
        };
        let requirements = read(
            &Asked {
                arguments: &asked.arguments,
                editables: &asked.editables,
                requirement_files: &asked.requirement_files,
                constraint_files: &asked.constraint_files,
                current_dir: &self.world.current_dir,
                config_settings: &asked.config_settings,
            },
            &loader,
        )?;
        Ok(requirements)
    }

    /// The same, where whatever is not asked for natively is left to pip, which may be asked for nothing at all.
    ///
    /// # Errors
    /// When pip has to look at it.
    pub(super) fn native_requirements(&self) -> Result<Requirements, PipelineError> {
        if let Some(said) = &self.settings.hands_over {
            return Err(beyond(format!("{said} is pip's alone")));
        }
        let requirements = self.requirements()?;
        for warning in &requirements.warnings {
            self.progress.warn(warning);
        }
        if requirements.entries.is_empty() {
            return Err(beyond("nothing is asked for".to_owned()));
        }
        Ok(requirements)
    }

    /// The question that these requirements ask of a pip, in a new environment that sees `visible`.
    ///
    /// # Errors
    /// When only pip can say what they mean.
    pub(super) fn question(
        &self,
        requirements: Requirements,
        pip: &str,
        visible: Vec<VisibleDistribution>,
    ) -> Result<Question, PipelineError> {
        self.ask(requirements, pip, visible, BTreeMap::new())
    }

    /// The same, in a living environment.
    ///
    /// # Errors
    /// When only pip can say what they mean.
    pub(super) fn question_among(&self, requirements: Requirements, installed: &[Installed]) -> Result<Question, PipelineError> {
        let known = installed.iter().map(|one| (one.name.clone(), one.metadata.clone()));
        // Which pip answers is known only when one is needed.
        self.ask(requirements, "", visible_of(installed.iter().cloned()), known.collect())
    }

    fn ask(
        &self,
        requirements: Requirements,
        pip: &str,
        visible: Vec<VisibleDistribution>,
        installed: BTreeMap<String, Metadata>,
    ) -> Result<Question, PipelineError> {
        let asker = Asker {
            facts: self.facts,
            search: &self.settings.search,
            answers: &self.settings.answers,
            credentials: &|search| self.credentials(search),
        };
        let around = Surroundings {
            pip: pip.to_owned(),
            visible,
            installed,
            bytecode: self.settings.bytecode,
            current_dir: self.world.current_dir.clone(),
        };
        Ok(Question::new(requirements, &asker, around)?)
    }
}

/// What folders of modules hold: the distributions by name, version and metadata.
pub(super) fn visible_in<'p>(folders: impl IntoIterator<Item = &'p Path>) -> Vec<VisibleDistribution> {
    visible_of(folders.into_iter().flat_map(installed_in))
}

fn visible_of(installed: impl Iterator<Item = Installed>) -> Vec<VisibleDistribution> {
    let mut visible: Vec<VisibleDistribution> = installed
        .map(|installed| VisibleDistribution {
            name: installed.name,
            version: installed.version,
            metadata: installed.digest,
        })
        .collect();
    visible.sort();
    visible
}
