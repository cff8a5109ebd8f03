//! `install --dry-run`: what would be installed is told, nothing is changed and nothing is obtained beyond what resolving needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::PipelineError;
use super::fill::{Base, Ground};
use super::hit::Known;
use super::install::{Installation, Said, left_to_pip, normalized};
use super::living::{beyond, settle};
use super::obtain::Workshop;
use super::pip_home::Newest;
use super::said::{said_of_ignored, said_of_met, said_of_wanted};
use crate::environment::{Installed, Living};
use crate::resolve::{Answered, Question, walk};
use crate::settings::Present;
use crate::wheel::Metadata;

/// Where a dry run looks for what is installed.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// In an environment.
    Environment(&'a Living),
    /// In what an interpreter itself has, outside of any environment.
    Interpreter(&'a Path),
}

impl Place<'_> {
    fn python(&self) -> PathBuf {
        match self {
            Self::Environment(living) => living.python(),
            Self::Interpreter(python) => (*python).to_owned(),
        }
    }
}

impl Context<'_> {
    /// Tells what would be installed.
    ///
    /// # Errors
    /// When it could not be.
    pub fn dry_run(&self, place: Place) -> Result<Installation, PipelineError> {
        let said = self.past_full_store(|| self.dry_run_natively(place));
        left_to_pip(said.map(|said| Installation::Done { said, summary: None }))
    }

    fn dry_run_natively(&self, place: Place) -> Result<Said, PipelineError> {
        if let (Place::Interpreter(_), None) = (place, &self.settings.report)
            && self.facts.stdlib.join("EXTERNALLY-MANAGED").is_file()
        {
            // PEP 668; pip makes an exception for reports of dry runs.
            return Err(beyond("the interpreter is managed by something else".to_owned()));
        }
        let requirements = self.native_requirements()?;
        let mut lines = said_of_ignored(&requirements, &self.facts.markers);
        let installed = self.installed_at(place)?;
        let mut question = self.question_among(requirements, &installed)?;
        question.preimage.pip = self.provide_pip(Newest::Known)?.version;
        let known: BTreeMap<String, &Metadata> = question.installed.iter().map(|(name, one)| (name.clone(), one)).collect();
        let way = walk(question.start(), &known, &self.facts.markers);
        if way.open.is_none() && !question.upgrades() {
            lines.extend(said_of_met(&way, &installed, &self.world.current_dir));
            return self.told(&question, lines, &[]);
        }
        if question.asks_for("pip") && question.installed.contains_key("pip") {
            return Err(beyond("it is about pip itself".to_owned()));
        }
        let (distributions, unlisted) = self.answer_at(place, &mut question, &installed)?;
        let of_answer = distributions.iter().map(|one| (one.resolved.name.clone(), &one.metadata));
        let would: BTreeMap<String, &Metadata> = of_answer
            .chain(unlisted.iter().map(|one| (normalized(&one.name), one)))
            .collect();
        let stay: Vec<Installed> = installed
            .iter()
            .filter(|one| !would.contains_key(&one.name))
            .cloned()
            .collect();
        let known = question.installed.iter().map(|(name, one)| (name.clone(), one));
        let way = walk(question.start(), &known.chain(would.clone()).collect(), &self.facts.markers);
        lines.extend(said_of_met(&way, &stay, &self.world.current_dir));
        self.told(&question, lines, &distributions)
    }

    /// What counts as installed.
    fn installed_at(&self, place: Place) -> Result<Vec<Installed>, PipelineError> {
        match (self.settings.present, place) {
            (Present::Reinstalled | Present::Ignored, _) => Ok(Vec::new()),
            (Present::Counts, Place::Environment(living)) => {
                settle(living, self.progress)?;
                self.installed(living)
            }
            (Present::Counts, Place::Interpreter(_)) => self.installed_in_system(),
        }
    }

    /// The distributions of the answer, known or made now; and what else there is in it.
    ///
    /// # Errors
    /// When it cannot be answered.
    pub(super) fn answer_at(
        &self,
        place: Place,
        question: &mut Question,
        installed: &[Installed],
    ) -> Result<(Vec<Answered>, Vec<Metadata>), PipelineError> {
        let record = match self.known_in_living(question)? {
            Known::Hit(hit) => {
                self.progress.detail(&format!("answered {}", hit.answer));
                return Ok((self.answer_of(question, &hit).map_err(beyond)?, Vec::new()));
            }
            Known::Miss(record) => record,
        };
        let base = Base {
            pip: &(*record).clone().into(),
            ground: Ground::Living {
                pip: &self.pip_by(place.python(), &record, installed)?,
                installed,
                replaceable: &BTreeSet::new(),
            },
        };
        let workshop = Workshop {
            context: self,
            search: &question.search,
            pip: &|| self.pip_by(place.python(), &record, installed),
            pip_record: base.pip,
            living: base.living(),
            preparer: &self.preparer(base.pip),
            ahead: None,
        };
        let (answer, by) = self.answer_anew(question, &base, &workshop)?;
        self.progress.detail(&format!("answered {by}"));
        Ok((answer.distributions, answer.unlisted))
    }

    fn told(&self, question: &Question, lines: Vec<String>, distributions: &[Answered]) -> Result<Said, PipelineError> {
        Ok(Said {
            lines,
            outcome: said_of_wanted(distributions).into_iter().collect(),
            report: self.delivered(question, distributions)?,
        })
    }
}
