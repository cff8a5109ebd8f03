//! Answers by the native search.

use super::context::Context;
use super::error::PipelineError;
use super::fill::Base;
use super::native_sources::NativeSources;
use super::obtain::Workshop;
use crate::pip::Pip;
use crate::report::AnsweredBy;
use crate::resolve::{Answer, Native, Question, ResolveError, resolve_natively};
use crate::settings::Resolver;
use crate::store::PipRecord;

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
        base: &Base,
        home: &(dyn Fn() -> Result<Pip, PipelineError> + Sync),
    ) -> Result<Option<(Answer, AnsweredBy)>, PipelineError> {
        match self.natively(question, base, home) {
            Ok(answer) => Ok(Some((answer, AnsweredBy::Native(base.pip.version.clone())))),
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
    pub(super) fn knows_rules_of(&self, pip: &PipRecord) -> Result<(), PipelineError> {
        let beyond = |reason: String| PipelineError::Resolve(ResolveError::Beyond(reason));
        if self.settings.resolver == Resolver::Pip {
            return Err(beyond("--resolver pip".to_owned()));
        }
        if pip.version != KNOWN && !pip.version.starts_with(&format!("{KNOWN}.")) {
            return Err(beyond(format!("pip {} has other rules than pip {KNOWN}", pip.version)));
        }
        Ok(())
    }

    fn natively(
        &self,
        question: &Question,
        base: &Base,
        home: &(dyn Fn() -> Result<Pip, PipelineError> + Sync),
    ) -> Result<Answer, PipelineError> {
        self.knows_rules_of(base.pip)?;
        self.progress.step("resolving");
        let access = self.index_access(&question.search, base.pip)?;
        let likely = self.likely(question);
        access.with(self, |index| {
            let workshop = Workshop {
                context: self,
                search: &question.search,
                pip: home,
                pip_record: base.pip,
                living: base.living(),
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
