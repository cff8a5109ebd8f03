//! The preimage of a build key.

use serde::{Deserialize, Serialize};

use super::preimage::{BuildKey, Preimage};
use super::{DistributionPreimage, IndexPreimage};

/// What is asked of a build, before its requirements are resolved: known without any index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildQuestion {
    /// What is to come of it, as far as that is known beforehand. For a checkout, the artifact stands for its URL and commit.
    pub distribution: DistributionPreimage,
    /// Where build requirements come from.
    pub index: IndexPreimage,
    /// Options and constraints that hold for build requirements, with the content of files.
    pub options: Vec<String>,
}

impl Preimage for BuildQuestion {
    type Key = BuildKey;
    const KIND: &'static str = "build";
    const FORMAT: u32 = 1;
}
