//! Round by round, one identifier after the other is pinned.

use std::rc::Rc;

use super::criterion::{Criterion, Information};
use super::error::{Beyond, SearchError};
use super::impossible::Impossible;
use super::jump::{Jump, Manner};
use super::matches::Asked;
use super::names::Key;
use super::need::Need;
use super::offers::Offers;
use super::pick::{Pick, PickKind};
use super::preference::Preference;
use super::provider::Provider;
use super::request::Request;
use super::solution::Solution;
use super::state::{Criteria, State};
use super::warning::Warning;

/// Searches for versions that fit together, as pip 26.3 does.
///
/// # Errors
/// When there are none, when pip would give up, or when pip has to look at it.
pub fn search(request: &Request, offers: &dyn Offers) -> Result<Solution, SearchError> {
    let mut search = Search {
        provider: Provider::new(request, offers)?,
        preference: Preference::default(),
        states: vec![State::default()],
        manner: Manner::default(),
    };
    let end = search.run()?;
    Ok(Solution::new(&end, search.provider))
}

/// A search on its way.
pub(super) struct Search<'a> {
    pub(super) provider: Provider<'a>,
    preference: Preference,
    /// One for each pin, and one below that knows the roots only.
    pub(super) states: Vec<State>,
    pub(super) manner: Manner,
}

/// What became of criteria to which something was added.
pub(super) enum Added {
    Fits,
    /// Nothing is left for this one.
    Conflicts(Rc<Criterion>),
}

/// What became of an attempt to pin an identifier.
enum Attempt {
    Pinned,
    /// What stood against each of its picks.
    Failed(Vec<Rc<Criterion>>),
}

impl Search<'_> {
    fn run(&mut self) -> Result<State, SearchError> {
        self.add_roots()?;
        self.push();
        let limit = self.provider.request.rules.rounds;
        for round in 0..limit {
            if self.manner.is_exhausted(round, limit) {
                self.return_to_saved();
                continue;
            }
            let Some(state) = self.states.last() else { break };
            let unsettled = state.unsettled();
            let before = (state.criteria.keys().count(), unsettled.clone());
            let Some(key) = self.preference.choose(unsettled, state, &self.provider) else {
                return Ok(state.clone());
            };
            match self.attempt(key)? {
                Attempt::Pinned => {
                    self.forget_unsettled(before.0, &before.1);
                    self.push();
                }
                Attempt::Failed(conflicts) => self.recover(&conflicts)?,
            }
        }
        Err(SearchError::TooDeep)
    }

    fn add_roots(&mut self) -> Result<(), SearchError> {
        let mut criteria = Criteria::default();
        for need in self.provider.roots()? {
            if let Added::Conflicts(criterion) = self.add(&mut criteria, &need, None)? {
                return Err(self.impossible(&criterion.information));
            }
        }
        if let Some(root) = self.states.last_mut() {
            root.criteria = criteria;
        }
        Ok(())
    }

    /// A new state for the next pin.
    pub(super) fn push(&mut self) {
        if let Some(state) = self.states.last().cloned() {
            self.states.push(state);
        }
    }

    fn add(&mut self, criteria: &mut Criteria, need: &Rc<Need>, parent: Option<&Rc<Pick>>) -> Result<Added, SearchError> {
        let key = need.key;
        let old = criteria.get(key).cloned();
        let mut information = old.as_ref().map_or_else(Vec::new, |old| old.information.clone());
        let incompatible = old.map_or_else(Vec::new, |old| old.incompatible.clone());
        information.push(Rc::new(Information {
            need: Rc::clone(need),
            parent: parent.cloned(),
        }));
        let criterion = self.criterion(criteria, key, information, incompatible)?;
        if criterion.matches.is_empty(&mut self.provider)? {
            return Ok(Added::Conflicts(criterion));
        }
        criteria.set(key, criterion);
        Ok(Added::Fits)
    }

    /// A criterion with what may be chosen for it among these criteria.
    pub(super) fn criterion(
        &mut self,
        criteria: &Criteria,
        key: Key,
        information: Vec<Rc<Information>>,
        incompatible: Vec<Rc<Pick>>,
    ) -> Result<Rc<Criterion>, SearchError> {
        let needs: Vec<Rc<Need>> = information.iter().map(|information| Rc::clone(&information.need)).collect();
        let base = self.provider.names.get(key).base.and_then(|base| criteria.get(base));
        let base: Vec<Rc<Need>> = base.iter().flat_map(|criterion| criterion.needs()).cloned().collect();
        let matches = self.provider.matches(Asked {
            key,
            needs: &needs,
            base: &base,
            incompatible: &incompatible,
        })?;
        Ok(Rc::new(Criterion::new(information, Rc::new(matches), incompatible)))
    }

    /// Pins the first pick whose dependencies leave something to choose for everything.
    fn attempt(&mut self, key: Key) -> Result<Attempt, SearchError> {
        let criterion = self.states.last().and_then(|state| state.criteria.get(key)).cloned();
        let Some(criterion) = criterion else {
            return Err(Beyond::Inconsistent(self.provider.names.get(key).text.clone()).into());
        };
        let mut conflicts = Vec::new();
        let mut way = criterion.matches.way();
        while let Some(pick) = way.next(&mut self.provider)? {
            let mut criteria = self.states.last().map(|state| state.criteria.clone()).unwrap_or_default();
            if let Added::Conflicts(conflict) = self.add_dependencies(&mut criteria, &pick)? {
                conflicts.push(conflict);
                continue;
            }
            if !criterion.holds_for(&pick) {
                return Err(Beyond::Inconsistent(pick.text()).into());
            }
            if let Some(state) = self.states.last_mut() {
                state.criteria = criteria;
                // Behind all others: going back looks for the last one.
                state.pins.set_last(key, pick);
            }
            return Ok(Attempt::Pinned);
        }
        if conflicts.is_empty() {
            return Err(Beyond::Inconsistent(self.provider.names.get(key).text.clone()).into());
        }
        Ok(Attempt::Failed(conflicts))
    }

    fn add_dependencies(&mut self, criteria: &mut Criteria, pick: &Rc<Pick>) -> Result<Added, SearchError> {
        let depends = self.provider.depends(pick)?;
        for (index, need) in depends.needs.iter().enumerate() {
            if let Added::Conflicts(conflict) = self.add(criteria, need, Some(pick))? {
                return Ok(Added::Conflicts(conflict));
            }
            // Extras are looked at once the distribution itself fits.
            if index == 0
                && let (PickKind::Extras { .. }, Some(base)) = (&pick.kind, pick.base())
            {
                for extra in &depends.unprovided {
                    self.provider.warn(Warning::UnknownExtra {
                        project: base.project.clone(),
                        version: base.version.clone(),
                        extra: extra.clone(),
                    });
                }
            }
        }
        Ok(Added::Fits)
    }

    /// What a pin has unsettled has no say elsewhere until it is pinned again. Before it, there were so many criteria (later ones stand
    /// behind them), of which some were unsettled already.
    fn forget_unsettled(&mut self, known: usize, before: &[Key]) {
        let Some(state) = self.states.last_mut() else { return };
        let known = state.criteria.iter().take(known);
        let unsettled = known.filter(|(key, criterion)| !state.is_settled(*key, criterion) && !before.contains(key));
        let unsettled: Vec<Key> = unsettled.map(|(key, _)| key).collect();
        state.forget(&unsettled);
    }

    /// Goes back after a conflict.
    fn recover(&mut self, conflicts: &[Rc<Criterion>]) -> Result<(), SearchError> {
        let mut causes: Vec<Rc<Information>> = Vec::new();
        for information in conflicts.iter().flat_map(|conflict| &conflict.information) {
            if !causes.iter().any(|known| Rc::ptr_eq(known, information)) {
                causes.push(Rc::clone(information));
            }
        }
        match self.jump(&causes)? {
            Jump::Landed => {
                if let Some(state) = self.states.last_mut() {
                    state.causes = causes;
                }
            }
            Jump::Nowhere if self.manner.has_saved() => self.return_to_saved(),
            Jump::Nowhere => return Err(self.impossible(&causes)),
        }
        Ok(())
    }

    fn return_to_saved(&mut self) {
        if let Some(saved) = self.manner.become_safe() {
            self.states = saved;
        }
    }

    fn impossible(&self, causes: &[Rc<Information>]) -> SearchError {
        match Impossible::new(causes, &self.provider) {
            Ok(impossible) => SearchError::Impossible(Box::new(impossible)),
            Err(error) => error,
        }
    }
}
