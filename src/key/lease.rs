//! The preimage of a lease key.

use serde::{Deserialize, Serialize};

use super::preimage::{LeaseKey, Preimage};

/// An environment, wherever it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasePreimage {
    /// The machine's name.
    pub host: String,
    /// The environment's absolute path there.
    pub environment: String,
}

impl Preimage for LeasePreimage {
    type Key = LeaseKey;
    const KIND: &'static str = "lease";
    const FORMAT: u32 = 1;
}
