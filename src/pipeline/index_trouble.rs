//! What still is an answer when no index gives one.

use std::time::Duration;

use super::context::Context;
use crate::report::duration;
use crate::resolve::{Question, ResolveError};
use crate::settings::longer_age;

impl Context<'_> {
    /// pip's refusal, with what is recorded for the same request: it was answered before, so something has changed, be it only that the
    /// index cannot be reached.
    pub(super) fn with_recorded(&self, question: &Question, error: ResolveError) -> ResolveError {
        match error {
            ResolveError::Refused { code, output, .. } => ResolveError::Refused {
                code,
                output,
                recorded: self.recorded_hint(question),
            },
            other => other,
        }
    }

    /// Which recorded answer there is, and how it is used.
    fn recorded_hint(&self, question: &Question) -> Option<String> {
        let record = self.recorded(question).ok()?;
        self.unaffected(&record.conditions).ok()?;
        let age = Duration::from_secs(self.world.now.saturating_sub(record.made));
        Some(format!(
            "this request was answered {} ago, and that answer is in the store: --offline uses it, and so does --max-age {}",
            duration(age),
            longer_age(age)
        ))
    }
}
