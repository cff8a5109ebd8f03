//! What is pinned next.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::names::Key;
use super::provider::Provider;
use super::state::State;
use super::template::Strictness;

/// So often an identifier is part of conflicts without being pinned before it is preferred.
const PROMOTED_AFTER: usize = 5;

/// What is pinned next. It remembers what was part of many conflicts, and no jump makes it forget that.
#[derive(Debug, Default)]
pub(super) struct Preference {
    counts: HashMap<Key, usize>,
    promoted: HashSet<Key>,
}

impl Preference {
    /// The identifier to pin next.
    pub(super) fn choose(&mut self, unsettled: Vec<Key>, state: &State, provider: &Provider) -> Option<Key> {
        if unsettled.len() < 2 {
            return unsettled.first().copied();
        }
        let narrowed = self.narrowed(unsettled, state, provider);
        narrowed.into_iter().min_by_key(|key| self.rank(*key, state, provider))
    }

    /// Those that should be looked at before others: the interpreter, else what the last conflict was about, else what was promoted.
    fn narrowed(&mut self, unsettled: Vec<Key>, state: &State, provider: &Provider) -> Vec<Key> {
        let mut conflicting = BTreeSet::new();
        for cause in &state.causes {
            let parent = cause.parent.as_ref().map(|parent| parent.key);
            for key in [Some(cause.need.key), parent].into_iter().flatten() {
                conflicting.insert(key);
                if state.pins.get(key).is_none() {
                    let count = self.counts.entry(key).or_default();
                    *count += 1;
                    if *count >= PROMOTED_AFTER {
                        self.promoted.insert(key);
                    }
                }
            }
        }
        let python = provider.python.key;
        if unsettled.contains(&python) {
            return vec![python];
        }
        let (causes, others): (Vec<Key>, Vec<Key>) = unsettled.iter().partition(|key| conflicting.contains(*key));
        if !causes.is_empty() {
            return causes;
        }
        let promoted: Vec<Key> = others.into_iter().filter(|key| self.promoted.contains(key)).collect();
        if promoted.is_empty() { unsettled } else { promoted }
    }

    /// The least is preferred: promoted, direct, pinned, bounded above, asked for by the user, with any specifier, by name.
    fn rank(&self, key: Key, state: &State, provider: &Provider) -> impl Ord + use<> {
        let mut direct = false;
        let mut strictness = Strictness::default();
        for need in state.criteria.get(key).iter().flat_map(|criterion| criterion.needs()) {
            direct |= need.is_explicit();
            strictness = strictness.or(need.strictness);
        }
        let position = provider.requested.get(&key).copied().unwrap_or(usize::MAX);
        let preferred = [self.promoted.contains(&key), direct, strictness.pinned, strictness.bounded];
        (
            Reverse(preferred),
            position,
            !strictness.specified,
            provider.names.get(key).text.clone(),
        )
    }
}
