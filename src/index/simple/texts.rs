//! Texts that many links of a page share.

use std::collections::HashSet;
use std::sync::Arc;

/// Keeps one copy of each text.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The one copy of `text`; `None` for the empty text.
    pub(super) fn shared(&mut self, text: &str) -> Option<Arc<str>> {
        (!text.is_empty()).then(|| self.reason(text))
    }

    /// The one copy of `text`, empty as it may be.
    pub(super) fn reason(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.0.insert(Arc::clone(&text));
        text
    }
}
