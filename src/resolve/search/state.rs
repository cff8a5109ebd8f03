//! Pins and criteria of one moment.

use std::rc::Rc;

use super::criterion::{Criterion, Information};
use super::names::Key;
use super::ordered::Ordered;
use super::pick::Pick;

pub(super) type Criteria = Ordered<Rc<Criterion>>;

/// Pins and criteria of one moment, and what the last conflict was about.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) pins: Ordered<Rc<Pick>>,
    pub(super) criteria: Criteria,
    pub(super) causes: Vec<Rc<Information>>,
}

impl State {
    /// Whether an identifier is pinned to something that satisfies every need.
    pub(super) fn is_settled(&self, key: Key, criterion: &Criterion) -> bool {
        self.pins.get(key).is_some_and(|pick| criterion.holds_for(pick))
    }

    /// Identifiers for which something has still to be found.
    pub(super) fn unsettled(&self) -> Vec<Key> {
        let unsettled = |(key, criterion): &(Key, &Rc<Criterion>)| !self.is_settled(*key, criterion);
        self.criteria.iter().filter(unsettled).map(|(key, _)| key).collect()
    }

    /// Takes out of all criteria what picks for these identifiers need.
    pub(super) fn forget(&mut self, parents: &[Key]) {
        if parents.is_empty() {
            return;
        }
        let stays = |information: &&Rc<Information>| {
            let parent = information.parent.as_ref();
            parent.is_none_or(|parent| !parents.contains(&parent.key))
        };
        for criterion in self.criteria.values_mut() {
            if criterion.information.iter().all(|information| stays(&information)) {
                continue;
            }
            let information = criterion.information.iter().filter(stays).cloned().collect();
            let (matches, incompatible) = (Rc::clone(&criterion.matches), criterion.incompatible.clone());
            *criterion = Rc::new(Criterion::new(information, matches, incompatible));
        }
    }
}
