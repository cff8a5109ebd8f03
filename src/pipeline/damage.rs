//! Going on when the store turns out to be damaged.

use super::context::Context;
use super::error::PipelineError;
use crate::store::Damage;

impl Context<'_> {
    /// Does something; if the store turns out to be damaged, once more.
    pub(super) fn past_damage<T>(&self, work: impl Fn() -> Result<T, PipelineError>) -> Result<T, PipelineError> {
        let outcome = match work() {
            // It is out of use now, and was it to be found: the second time it is a miss.
            Err(PipelineError::Store(damage)) if damage.is_damage() => {
                self.tell_damages();
                self.progress
                    .warn(&format!("{damage}; it is made anew{}", self.whose(damage.path())));
                work()
            }
            other => other,
        };
        self.tell_damages();
        outcome
    }

    /// Tells of what was found damaged along the way, and is out of use now.
    pub(super) fn tell_damages(&self) {
        for Damage { path, reason } in self.store.take_damages() {
            let whose = self.whose(Some(&path));
            self.progress.warn(&format!(
                "{} was damaged in the store ({reason}); it is made anew{whose}",
                path.display()
            ));
        }
    }
}
