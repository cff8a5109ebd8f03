//! Telling of what was found damaged in the store.

use super::context::Context;
use crate::store::Damage;

impl Context<'_> {
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
