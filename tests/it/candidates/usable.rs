//! One candidate per version, as pip goes through them; the search does so itself, with what is installed among them.

use std::collections::BTreeSet;
use std::sync::Arc;

use snapenv::resolve::candidates::Candidate;

/// What came of trying a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried<T> {
    /// It can be used: other files of its version are not tried.
    Usable(T),
    /// It cannot (its metadata is not what its name says, or it did not build): the next file of its version may.
    Unusable,
    /// It cannot, and its version is given up (its metadata is invalid).
    Spoilt,
}

/// Tries candidates, given the best first, until one of each version is found usable; lazily, as trying is costly.
pub(super) fn first_usable<T>(
    candidates: &[Arc<Candidate>],
    mut attempt: impl FnMut(&Arc<Candidate>) -> Tried<T>,
) -> impl Iterator<Item = T> {
    let mut done = BTreeSet::new();
    candidates.iter().filter_map(move |candidate| {
        if done.contains(&candidate.version) {
            return None;
        }
        let tried = attempt(candidate);
        if !matches!(tried, Tried::Unusable) {
            done.insert(&candidate.version);
        }
        match tried {
            Tried::Usable(usable) => Some(usable),
            Tried::Unusable | Tried::Spoilt => None,
        }
    })
}
