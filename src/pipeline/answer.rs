//! Answering a request that is not known: in process if everything is pinned and recorded, else by pip.

use super::context::Context;
use super::error::PipelineError;
use super::fill::{Base, Ground};
use super::obtain::Workshop;
use super::provided_pip::ProvidedPip;
use crate::environment::Seed;
use crate::key::PinPreimage;
use crate::pip::Pip;
use crate::report::AnsweredBy;
use crate::resolve::{
    Answer, Answered, Asking, ByPip, Keeping, PinnedOutcome, Question, ResolveError, resolve_by_pip, resolve_pinned,
};
use crate::settings::{Course, Freshness, PipLogging, Present};
use crate::store::Kind;

/// What the pip that is asked takes for installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sees {
    /// What is installed where it runs.
    Installed,
    /// Nothing: where it runs, there is more than there will be in the environment.
    Nothing,
}

impl Context<'_> {
    /// Whether the request is known, and its answer may be used now.
    ///
    /// # Errors
    /// The reason why it would be a miss.
    pub fn known(&self, question: &Question) -> Result<AnsweredBy, String> {
        let known = self
            .look_up(question)
            .or_else(|reason| self.look_again(question).unwrap_or(Err(reason)));
        known.map(|hit| hit.answer)
    }

    /// Asks anew: whoever can answer first and exactly as pip would, in this order; pip itself is the last.
    ///
    /// # Errors
    /// When it cannot be answered.
    pub(super) fn answer_anew(
        &self,
        question: &Question,
        base: &Base,
        workshop: &Workshop,
    ) -> Result<(Answer, AnsweredBy), PipelineError> {
        if let Some(answered) = self.pinned_answer(question, base.pip) {
            return Ok(answered);
        }
        if let Some(answered) = self.native_answer(question, workshop)? {
            return Ok(answered);
        }
        match &base.ground {
            Ground::New { seed, .. } => {
                let mut pip = (workshop.pip)()?;
                // Requirements files say for themselves where to look; only what is built later has to be told.
                pip.variables.clear();
                // Without a seed, the pip that is asked is not part of the environment.
                let sees = match seed {
                    Seed::Pip => Sees::Installed,
                    Seed::Without => Sees::Nothing,
                };
                self.pips_answer(question, &pip, sees)
            }
            Ground::Build => self.pips_answer(question, &in_build((workshop.pip)()?), Sees::Nothing),
            // What pip resolves for itself, it downloads as well.
            Ground::Living { .. } if matches!(self.settings.course, Course::Download(_)) => {
                Err(ResolveError::Beyond("only pip can resolve this".to_owned()).into())
            }
            Ground::Living { pip, .. } => {
                let sees = match self.settings.present {
                    Present::Counts => Sees::Installed,
                    Present::Reinstalled | Present::Ignored => Sees::Nothing,
                };
                self.pips_answer(question, pip, sees)
            }
        }
    }

    /// The answer in process, if everything is pinned, and recorded but for a few pins that the index is asked for.
    fn pinned_answer(&self, question: &Question, pip: &ProvidedPip) -> Option<(Answer, AnsweredBy)> {
        if self.settings.freshness == Freshness::Refresh {
            return None;
        }
        let new = self.new_pins(question, pip);
        let by = if new.is_empty() {
            AnsweredBy::Pinned
        } else {
            AnsweredBy::Native(pip.version().to_owned())
        };
        let known = |pin: &PinPreimage| {
            let recorded = self.store.pin(pin).map(Answered::from);
            recorded.or_else(|| new.get(&pin.name).cloned())
        };
        match resolve_pinned(question, self.facts, &known) {
            PinnedOutcome::Answer(answer) => Some((answer, by)),
            PinnedOutcome::AskPip(reason) => {
                self.progress.detail(&format!("not answered from known pins: {reason}"));
                None
            }
        }
    }

    /// pip's answer, for an environment of which it sees what is installed, or for an empty one.
    ///
    /// # Errors
    /// When pip refuses, or may not be asked.
    fn pips_answer(&self, question: &Question, pip: &Pip, sees: Sees) -> Result<(Answer, AnsweredBy), PipelineError> {
        if question.has("only-deps") {
            // Its report does not say what they are dependencies of.
            return Err(ResolveError::Beyond("--only-deps".to_owned()).into());
        }
        let no_index = question.preimage.index.no_index;
        if self.settings.freshness == Freshness::Offline && !no_index {
            return Err(ResolveError::Offline.into());
        }
        self.progress.step(&format!("resolving with pip {}", pip.version));
        let staging = self.store.staging()?;
        let mut arguments = self.settings.resolving_arguments.clone();
        arguments.extend((sees == Sees::Nothing).then(|| "--ignore-installed".into()));
        // Behind `--`: a requirement is never taken for an option.
        arguments.push("--".into());
        arguments.extend(self.settings.asked.arguments.iter().map(Into::into));
        let log = staging.join("pip.log");
        let asking = Asking {
            pip,
            arguments: &arguments,
            current_dir: &self.world.current_dir,
            report: &staging.join("report.json"),
            log: (self.settings.pip_logging == PipLogging::Ours).then_some(log.as_path()),
        };
        let asked = resolve_by_pip(question, self.facts, &asking, self.progress);
        let ByPip { mut answer, looked } = asked.map_err(|error| self.with_recorded(question, error))?;
        if answer.kind == Kind::Dated && question.keeping == Keeping::Kept {
            match looked.and_then(|log| self.reads_of_pip(question, &answer, &log)) {
                Ok(reads) => answer.reads = Some(reads),
                Err(reason) => self.progress.detail(&format!("what pip read is not recorded: {reason}")),
            }
        }
        Ok((answer, AnsweredBy::Pip(pip.version.clone())))
    }
}

/// pip as it is when it installs build requirements: constraints of the user's configuration do not count.
fn in_build(mut pip: Pip) -> Pip {
    pip.variables.push(("_PIP_IN_BUILD_IGNORE_CONSTRAINTS", "1".to_owned()));
    pip
}
