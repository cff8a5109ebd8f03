//! Everything that is known about one identifier at one moment.

use std::cell::RefCell;
use std::rc::Rc;

use super::matches::Matches;
use super::need::Need;
use super::pick::Pick;

/// A need and who has it.
#[derive(Debug)]
pub(super) struct Information {
    pub(super) need: Rc<Need>,
    /// Nobody, if the user has it.
    pub(super) parent: Option<Rc<Pick>>,
}

/// Everything that is known about one identifier at one moment. It is never changed: a new one takes its place.
#[derive(Debug)]
pub(super) struct Criterion {
    pub(super) information: Vec<Rc<Information>>,
    pub(super) matches: Rc<Matches>,
    pub(super) incompatible: Vec<Rc<Pick>>,
    /// The pick that was looked at last, and whether it satisfies every need.
    judged: RefCell<Option<(Rc<Pick>, bool)>>,
}

impl Criterion {
    pub(super) fn new(information: Vec<Rc<Information>>, matches: Rc<Matches>, incompatible: Vec<Rc<Pick>>) -> Self {
        Self {
            information,
            matches,
            incompatible,
            judged: RefCell::new(None),
        }
    }

    /// Whether a pick satisfies every need.
    pub(super) fn holds_for(&self, pick: &Rc<Pick>) -> bool {
        if let Some((judged, verdict)) = &*self.judged.borrow()
            && Rc::ptr_eq(judged, pick)
        {
            return *verdict;
        }
        let verdict = self.information.iter().all(|information| information.need.holds_for(pick));
        *self.judged.borrow_mut() = Some((Rc::clone(pick), verdict));
        verdict
    }

    pub(super) fn needs(&self) -> impl Iterator<Item = &Rc<Need>> {
        self.information.iter().map(|information| &information.need)
    }
}

/// Adds picks that are not there yet.
pub(super) fn join(picks: &mut Vec<Rc<Pick>>, more: &[Rc<Pick>]) {
    for pick in more {
        if !has(picks, pick) {
            picks.push(Rc::clone(pick));
        }
    }
}

/// Whether it is this very pick.
pub(super) fn has(picks: &[Rc<Pick>], pick: &Rc<Pick>) -> bool {
    picks.iter().any(|other| Rc::ptr_eq(other, pick))
}
