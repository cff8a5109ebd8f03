//! Where the files of an environment come from.

use super::fill::Filled;
use super::standby::Taken;
use crate::environment::snapshot::{HeaderDistribution, Member, Snapshot};
use crate::key::{RequestKey, SnapshotKey, key_of};
use crate::report::{AnsweredBy, Origin, Supplied};
use crate::resolve::Question;
use crate::store::DistributionRecord;

/// How the files of an environment were found.
#[derive(Debug, Clone, Default)]
pub struct Traced {
    /// The key of the request, where it has one.
    pub request: Option<RequestKey>,
    /// Why its request was a miss, if it was.
    pub missed: Option<String>,
}

/// Where the files come from.
pub(super) struct Source {
    /// Its excerpt, if a spare was taken.
    pub(super) snapshot: Snapshot,
    /// Its excerpt, where that was read along the way.
    pub(super) excerpt: Option<Snapshot>,
    pub(super) by: AnsweredBy,
    pub(super) filled: Option<Filled>,
    pub(super) taken: Option<Taken>,
    /// How it came to be this one.
    pub(super) traced: Traced,
    /// What spares may be kept of: what the next request like this is answered with, too.
    pub(super) kept: Option<SnapshotKey>,
}

impl Source {
    pub(super) fn known(by: AnsweredBy, snapshot: Snapshot, taken: Option<Taken>) -> Self {
        Self {
            kept: Some(snapshot.header.key),
            snapshot,
            excerpt: None,
            by,
            filled: None,
            taken,
            traced: Traced::default(),
        }
    }

    /// With the question that it answers, as it was known.
    pub(super) fn of(self, question: &Question) -> Self {
        let traced = Traced {
            request: Some(key_of(&question.preimage)),
            missed: None,
        };
        Self { traced, ..self }
    }

    /// The distributions that were asked for, with all that they need.
    pub(super) fn supplied(&self) -> Vec<Supplied> {
        match &self.filled {
            Some(filled) => filled.supplied(),
            None => known_ones(&self.snapshot),
        }
    }

    /// Distributions that were there, and those that had to be made.
    pub(super) fn counts(&self) -> (usize, usize) {
        let filled = self.filled.as_ref().map(|filled| (filled.hits, filled.misses));
        filled.unwrap_or_else(|| (asked_for(&self.snapshot).count(), 0))
    }
}

/// What of a snapshot is no seed.
fn asked_for(snapshot: &Snapshot) -> impl Iterator<Item = &HeaderDistribution> {
    snapshot.header.distributions.iter().filter(|one| one.name != "pip")
}

/// Distributions that were in the store.
pub(super) fn known_ones(snapshot: &Snapshot) -> Vec<Supplied> {
    let known = asked_for(snapshot).map(|one| Supplied {
        name: one.name.clone(),
        version: one.version.clone(),
        origin: Origin::Store,
    });
    known.collect()
}

pub(super) fn seed_member(record: &DistributionRecord) -> Member<'_> {
    Member {
        record,
        requested: true,
        direct_url: None,
    }
}
