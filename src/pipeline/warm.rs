//! Filling the store before anybody waits for it.

use super::context::Context;
use super::error::PipelineError;
use super::layered::Layer;
use super::pip_home::Newest;
use super::source::Source;
use super::standby::{Keeper, Kept};
use super::venv::Wish;
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
    /// What the next environment finds ready besides.
    pub ready: Ready,
}

/// What an environment is made of beside distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// Nothing: it is made anew each time, or cannot be kept.
    Nothing,
    /// Spares.
    Spares(Kept),
    /// The layer that it stands on.
    Layer,
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
        let ready = self.prepare(&source, spares)?;
        Ok(Warmed { hits, misses, ready })
    }

    /// Makes ready what every environment of a snapshot can have in common.
    fn prepare(&self, source: &Source, spares: usize) -> Result<Ready, PipelineError> {
        self.trees().of(&source.snapshot)?;
        let Some(snapshot) = source.kept else {
            return Ok(Ready::Nothing);
        };
        Ok(match self.settings.form {
            Form::Flat(mode) => {
                let keeper = Keeper {
                    store: self.store,
                    progress: self.progress,
                };
                Ready::Spares(keeper.keep(SpareKind { snapshot, mode }, spares)?)
            }
            Form::Layered => match self.layer(&source.snapshot)? {
                Layer::There(_) => Ready::Layer,
                Layer::Unkept(reason) => {
                    self.progress.warn(&format!("no layer can be kept in the store ({reason})"));
                    Ready::Nothing
                }
            },
        })
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
            ready: Ready::Nothing,
        })
    }
}
