//! What all builds of one run share, and what each of them is built for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::build_tree::{Order, Ready, Source};
use super::seats::Seats;
use crate::build::{BuildError, ConfigSettings, Product};
use crate::environment::snapshot::Snapshot;

/// The builds of one run, seen from one of them.
#[derive(Debug, Clone, Default)]
pub struct Builds {
    shared: Arc<Shared>,
    /// What is being built of which this is a requirement, outermost first.
    above: Vec<String>,
}

#[derive(Debug, Default)]
struct Shared {
    seats: OnceLock<Seats>,
    /// What build requirements came to: asked once in a run is often enough.
    known: Mutex<BTreeMap<Vec<String>, Arc<Answering>>>,
    /// What was made ready for its metadata, and not built yet.
    ready: Mutex<Vec<(Wanted, Ready)>>,
}

/// What is to be made of which archive or folder, and in which way.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    source: PathBuf,
    part: Option<String>,
    product: Product,
    settings: ConfigSettings,
}

impl Wanted {
    fn of(order: &Order) -> Self {
        let (source, part) = match order.source {
            Source::Archive { archive, part } => (archive, part),
            Source::Folder(folder) => (folder, None),
        };
        Self {
            source: source.to_owned(),
            part: part.map(str::to_owned),
            product: order.product,
            settings: order.settings.clone(),
        }
    }
}

/// What one list of requirements comes to; whoever asks first finds out.
#[derive(Debug, Default)]
struct Answering {
    answer: OnceLock<Arc<Snapshot>>,
    asking: Mutex<()>,
}

impl Builds {
    /// How many may run at the same time; the first to ask decides.
    pub(super) fn seats(&self, count: usize) -> &Seats {
        self.shared.seats.get_or_init(|| Seats::new(count))
    }

    /// The builds of what `project` needs to be built.
    ///
    /// # Errors
    /// When it is being built already: it needs itself.
    pub(super) fn below(&self, project: &str) -> Result<Self, BuildError> {
        let mut above = self.above.clone();
        let again = above.iter().any(|other| other == project);
        above.push(project.to_owned());
        if again {
            return Err(BuildError::Cycle(above));
        }
        Ok(Self {
            shared: Arc::clone(&self.shared),
            above,
        })
    }

    /// Puts by what will probably be built, too.
    pub(super) fn put_by(&self, order: &Order, ready: Ready) {
        lock(&self.shared.ready).push((Wanted::of(order), ready));
    }

    /// What was put by for an order; it is the caller's then.
    pub(super) fn ready(&self, order: &Order) -> Option<Ready> {
        let wanted = Wanted::of(order);
        let mut all = lock(&self.shared.ready);
        let at = all.iter().position(|(other, _)| *other == wanted)?;
        Some(all.swap_remove(at).1)
    }

    /// What requirements come to: known in this run, or found out by `ask`.
    ///
    /// # Errors
    /// Those of `ask`; the next one asks again.
    pub(super) fn answered<E>(
        &self,
        requirements: &[String],
        ask: impl FnOnce() -> Result<Snapshot, E>,
    ) -> Result<Arc<Snapshot>, E> {
        let answering = {
            let mut known = lock(&self.shared.known);
            Arc::clone(known.entry(requirements.to_vec()).or_default())
        };
        // Builds of build requirements wait for nobody: two that need each other would wait for ever.
        let _turn = (self.above.len() <= 1).then(|| lock(&answering.asking));
        if let Some(known) = answering.answer.get() {
            return Ok(Arc::clone(known));
        }
        let answer = Arc::new(ask()?);
        Ok(Arc::clone(answering.answer.get_or_init(|| answer)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_itself_is_found_out() {
        let outer = Builds::default().below("a 1").unwrap().below("b 1").unwrap();
        assert!(outer.below("c 1").is_ok());
        let error = outer.below("a 1").unwrap_err();
        assert_eq!(error.to_string(), "a 1 needs itself to be built: a 1 <- b 1 <- a 1");
    }
}
