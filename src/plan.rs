//! The plan of a run: what is in the store, what has to be made, and why. Pure.

use std::cmp::Reverse;

use crate::report::Origin;
use crate::store::{ArtifactKind, DistributionRecord, Resolution, Resolved};

/// What happens for each distribution of a resolution, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In the resolution's order.
    pub steps: Vec<Step>,
}

/// What happens for one distribution.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is in the store.
    Hit(Box<DistributionRecord>),
    /// It has to be made.
    Miss(Miss),
}

/// Why a distribution has to be made, and so how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// A wheel is fetched.
    Fetch,
    /// An sdist is fetched and built.
    Build,
    /// A folder or a checkout is built, as it is every time unless its commit was named in full.
    Project,
    /// pip installs it into the finished environment.
    Editable,
}

/// Plans a run; `catalog` looks a distribution up in the store.
pub fn plan(resolution: &Resolution, catalog: impl Fn(&Resolved) -> Option<DistributionRecord>) -> Plan {
    let step = |resolved: &Resolved| match resolved.artifact.kind {
        ArtifactKind::Editable => Step::Miss(Miss::Editable),
        kind @ (ArtifactKind::Wheel | ArtifactKind::Sdist | ArtifactKind::Project) => match (catalog(resolved), kind) {
            (Some(record), _) => Step::Hit(Box::new(record)),
            (None, ArtifactKind::Wheel) => Step::Miss(Miss::Fetch),
            (None, ArtifactKind::Project) => Step::Miss(Miss::Project),
            (None, _) => Step::Miss(Miss::Build),
        },
    };
    Plan {
        steps: resolution.distributions.iter().map(step).collect(),
    }
}

impl Miss {
    /// Where what is made comes from.
    pub fn origin(self) -> Origin {
        match self {
            Self::Fetch => Origin::Index,
            Self::Build | Self::Project | Self::Editable => Origin::Built,
        }
    }
}

impl Plan {
    /// Where each distribution comes from, in the resolution's order.
    pub fn origins(&self) -> Vec<Origin> {
        let origin = |step: &Step| match step {
            Step::Hit(_) => Origin::Store,
            Step::Miss(miss) => miss.origin(),
        };
        self.steps.iter().map(origin).collect()
    }

    /// How many distributions are in the store, and how many are not.
    pub fn counts(&self) -> (usize, usize) {
        let hits = self.steps.iter().filter(|step| matches!(step, Step::Hit(_))).count();
        (hits, self.steps.len() - hits)
    }

    /// What has to be made before the environment, in the order in which it is best begun: what is built, then wheels from the largest
    /// on, so that nothing large is left when all else is done. Without sizes (in bytes, by place in the answer), the order is the answer's.
    pub fn to_make(&self, size: impl Fn(usize) -> Option<u64>) -> Vec<(usize, Miss)> {
        let misses = self.steps.iter().enumerate().filter_map(|(index, step)| match step {
            Step::Hit(_) | Step::Miss(Miss::Editable) => None,
            Step::Miss(miss) => Some((index, *miss)),
        });
        let mut misses: Vec<(usize, Miss)> = misses.collect();
        misses.sort_by_key(|(index, miss)| (*miss == Miss::Fetch, Reverse(size(*index))));
        misses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_longest_is_begun_first() {
        let misses = [
            Miss::Fetch,
            Miss::Editable,
            Miss::Fetch,
            Miss::Build,
            Miss::Fetch,
            Miss::Fetch,
        ];
        let plan = Plan {
            steps: misses.into_iter().map(Step::Miss).collect(),
        };
        let order = |sizes: [Option<u64>; 6]| -> Vec<usize> {
            let order = plan.to_make(|index| sizes[index]);
            order.into_iter().map(|(index, _)| index).collect()
        };
        assert_eq!(order([Some(2), None, Some(9), Some(1), None, Some(5)]), [3, 2, 5, 0, 4]);
        assert_eq!(order([None; 6]), [3, 0, 2, 4, 5]);
    }
}
