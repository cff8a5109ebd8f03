//! Going back after a conflict.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::criterion::{Criterion, Information, join};
use super::error::SearchError;
use super::names::Key;
use super::pick::Pick;
use super::rounds::Search;
use super::state::State;

/// How far back a search goes at once.
#[derive(Debug)]
pub(super) enum Manner {
    /// To a pin that had to do with the conflict, over pins that may have had to do with it as well.
    Optimistic {
        /// The states before the first such jump.
        saved: Option<Vec<State>>,
        /// The round by which it must have led somewhere, once there was such a jump.
        until: Option<usize>,
    },
    /// Over pins only that cannot have had to do with it.
    Safe,
}

impl Default for Manner {
    fn default() -> Self {
        Self::Optimistic {
            saved: None,
            until: None,
        }
    }
}

impl Manner {
    /// Whether optimism has used up its part of the rounds: a tenth of those that were left when it began.
    pub(super) fn is_exhausted(&mut self, round: usize, limit: usize) -> bool {
        let Self::Optimistic { saved: Some(_), until } = self else {
            return false;
        };
        let first = until.is_none();
        let end = *until.get_or_insert(round + (limit - round) / 10);
        if first { end == round } else { round >= end }
    }

    pub(super) fn has_saved(&self) -> bool {
        matches!(self, Self::Optimistic { saved: Some(_), .. })
    }

    /// From now on safely, from the states that were saved.
    pub(super) fn become_safe(&mut self) -> Option<Vec<State>> {
        match std::mem::replace(self, Self::Safe) {
            Self::Optimistic { saved, .. } => saved,
            Self::Safe => None,
        }
    }
}

/// Where a jump led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jump {
    /// To a state from which the search can go on.
    Landed,
    /// There is no state left.
    Nowhere,
}

/// What a discarded state knew not to work.
type Known = Vec<(Key, Vec<Rc<Pick>>)>;

impl Search<'_> {
    pub(super) fn jump(&mut self, causes: &[Rc<Information>]) -> Result<Jump, SearchError> {
        let parents = causes.iter().filter_map(|cause| cause.parent.as_ref());
        let mut conflicting: BTreeSet<Key> = parents.map(|parent| parent.key).collect();
        conflicting.extend(causes.iter().map(|cause| cause.need.key));
        while self.states.len() >= 3 {
            // What triggered the jump has no pin yet.
            self.states.pop();
            let Some(known) = self.discard(&conflicting)? else {
                return Ok(Jump::Nowhere);
            };
            self.push();
            if self.patch(known)? {
                return Ok(Jump::Landed);
            }
        }
        Ok(Jump::Nowhere)
    }

    /// Discards states up to one whose pin has to do with the conflict.
    fn discard(&mut self, conflicting: &BTreeSet<Key>) -> Result<Option<Known>, SearchError> {
        loop {
            let Some(mut broken) = self.states.pop() else {
                return Ok(None);
            };
            let Some(pick) = broken.pins.pop() else {
                return Ok(None);
            };
            if self.is_last_to_discard(&broken, &pick, conflicting)? {
                let known = |(key, criterion): (Key, &Rc<Criterion>)| (key, criterion.incompatible.clone());
                let mut known: Known = broken.criteria.iter().map(known).collect();
                known.push((pick.key, vec![pick]));
                return Ok(Some(known));
            }
            if self.states.len() <= 1 {
                return Ok(None);
            }
        }
    }

    fn is_last_to_discard(&mut self, broken: &State, pick: &Rc<Pick>, conflicting: &BTreeSet<Key>) -> Result<bool, SearchError> {
        if !conflicting.contains(&pick.key) {
            match &mut self.manner {
                Manner::Safe => return Ok(true),
                Manner::Optimistic { saved, .. } => {
                    saved.get_or_insert_with(|| self.states.clone());
                }
            }
        }
        let depends = self.provider.depends(pick)?;
        let touches = depends.needs.iter().any(|need| conflicting.contains(&need.key));
        Ok(touches || broken.pins.is_empty())
    }

    /// Applies what is known not to work; whether that leaves something to choose for everything.
    fn patch(&mut self, known: Known) -> Result<bool, SearchError> {
        for (key, mut incompatible) in known {
            let Some(state) = self.states.last().filter(|_| !incompatible.is_empty()) else {
                continue;
            };
            let Some(old) = state.criteria.get(key).cloned() else {
                continue;
            };
            join(&mut incompatible, &old.incompatible);
            let criteria = state.criteria.clone();
            let criterion = self.criterion(&criteria, key, old.information.clone(), incompatible)?;
            if criterion.matches.is_empty(&mut self.provider)? {
                return Ok(false);
            }
            if let Some(state) = self.states.last_mut() {
                state.criteria.set(key, criterion);
            }
        }
        Ok(true)
    }
}
