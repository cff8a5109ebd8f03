//! Filling the store before anybody waits for it.

use super::context::Context;
use super::error::PipelineError;
use super::pip_home::Newest;
use super::standby::{Keeper, Kept};
use super::venv::{Source, Wish};
use crate::environment::Seed;
use crate::fs::Form;
use crate::resolve::ResolveError;
use crate::store::SpareKind;

/// What was brought into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warmed {
    /// Distributions that were there.
    pub hits: usize,
    /// Distributions that had to be made.
    pub misses: usize,
    /// Spares of the environment; none where there can be none.
    pub spares: Option<Kept>,
}

impl Context<'_> {
    /// Brings everything into the store that an environment needs, and keeps as many spares of it.
    ///
    /// # Errors
    /// When it cannot be answered, or something of it not be made.
    pub fn warm(&self, wish: &Wish, spares: usize) -> Result<Warmed, PipelineError> {
        self.past_damage(|| self.warm_once(wish, spares))
    }

    fn warm_once(&self, wish: &Wish, spares: usize) -> Result<Warmed, PipelineError> {
        let source = match self.source(wish, None) {
            Err(PipelineError::Resolve(ResolveError::Beyond(reason))) => return self.warm_for_pip(wish, &reason),
            Err(PipelineError::Requirements(error)) if error.is_unsupported() => {
                return self.warm_for_pip(wish, &error.to_string());
            }
            other => other?,
        };
        let (hits, misses) = source.counts();
        let spares = self.prepare(&source, spares)?;
        Ok(Warmed { hits, misses, spares })
    }

    /// Makes ready what every environment of a snapshot can have in common.
    fn prepare(&self, source: &Source, spares: usize) -> Result<Option<Kept>, PipelineError> {
        self.trees().of(&source.snapshot)?;
        match (self.settings.form, source.kept) {
            (Form::Flat(mode), Some(snapshot)) if !self.store.is_temporary() => {
                let keeper = Keeper {
                    store: self.store,
                    progress: self.progress,
                };
                keeper.keep(SpareKind { snapshot, mode }, spares).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What pip does alone needs a pip.
    fn warm_for_pip(&self, wish: &Wish, reason: &str) -> Result<Warmed, PipelineError> {
        self.progress.warn(&format!(
            "only pip can fill such an environment ({reason}); nothing but pip is kept of it"
        ));
        let pip = self.provide_pip(Newest::Known)?;
        if wish.seed == Seed::Pip {
            self.seed(&pip)?;
        }
        Ok(Warmed {
            hits: 0,
            misses: 0,
            spares: None,
        })
    }
}
