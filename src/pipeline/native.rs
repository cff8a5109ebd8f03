//! Answers by the native search.

use super::context::Context;
use super::error::PipelineError;
use super::native_sources::NativeSources;
use super::obtain::Workshop;
use super::provided_pip::ProvidedPip;
use crate::report::AnsweredBy;
use crate::resolve::{Answer, Native, Question, ResolveError, resolve_natively};
use crate::settings::Resolver;

/// The pip whose rules the native search knows.
const KNOWN: &str = "26.3";

impl Context<'_> {
    /// The answer of the native search; nothing where only pip can answer.
    ///
    /// # Errors
    /// When nothing fits together.
    pub(super) fn native_answer(
        &self,
        question: &Question,
        workshop: &Workshop,
    ) -> Result<Option<(Answer, AnsweredBy)>, PipelineError> {
        match self.natively(question, workshop) {
            Ok(answer) => Ok(Some((answer, AnsweredBy::Native(workshop.pip_record.version().to_owned())))),
            Err(PipelineError::Resolve(ResolveError::Beyond(reason))) => {
                self.progress.detail(&format!("pip is asked: {reason}"));
                Ok(None)
            }
            Err(PipelineError::Resolve(error)) => Err(self.with_recorded(question, error).into()),
            Err(error) => Err(error),
        }
    }

    /// Whether answers may be those of this pip without asking it.
    ///
    /// # Errors
    /// When only pip itself is to answer, or can.
    pub(super) fn knows_rules_of(&self, pip: &ProvidedPip) -> Result<(), PipelineError> {
        let beyond = |reason: String| PipelineError::Resolve(ResolveError::Beyond(reason));
        if self.settings.resolver == Resolver::Pip {
            return Err(beyond("--resolver pip".to_owned()));
        }
        let version = pip.version();
        if version != KNOWN && !version.starts_with(&format!("{KNOWN}.")) {
            return Err(beyond(format!("pip {version} has other rules than pip {KNOWN}")));
        }
        Ok(())
    }

    fn natively(&self, question: &Question, workshop: &Workshop) -> Result<Answer, PipelineError> {
        let pip = workshop.pip_record;
        self.knows_rules_of(pip)?;
        self.progress.step("resolving");
        let access = self.index_access(&question.search, pip)?;
        let likely = self.likely(question);
        access.with(self, |index| {
            let workshop = Workshop {
                search: &question.search,
                ..*workshop
            };
            let sources = NativeSources::new(index, workshop, question);
            let native = Native {
                facts: self.facts,
                sources: &sources,
                likely: &likely,
                progress: self.progress,
            };
            match (resolve_natively(question, &native), sources.into_failure()) {
                (Err(ResolveError::Beyond(_)), Some(failure)) => Err(failure),
                (answer, _) => Ok(answer?),
            }
        })
    }

    /// What a request like this one came to before: projects that will probably be needed.
    fn likely(&self, question: &Question) -> Vec<pep508_rs::PackageName> {
        let before = self.store.nearest(&question.preimage);
        let names = before.into_iter().flat_map(|resolution| resolution.distributions);
        names.filter_map(|resolved| resolved.name.parse().ok()).collect()
    }
}
