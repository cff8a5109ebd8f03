//! The plan of a run: what is in the store, what has to be made, and why. Pure.

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

impl Plan {
    /// How many distributions are in the store, and how many are not.
    pub fn counts(&self) -> (usize, usize) {
        let hits = self.steps.iter().filter(|step| matches!(step, Step::Hit(_))).count();
        (hits, self.steps.len() - hits)
    }
}
