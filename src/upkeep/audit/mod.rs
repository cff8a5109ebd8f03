//! Reading all that a store has, and comparing it with what it says of itself (`docs/upkeep.md`). Nothing is changed by it.
//!
//! # Concurrency
//! Others may write, prune and repair meanwhile. What looks damaged counts only if it is still the same file a moment later: whatever vanished
//! or was replaced is looked at again.

mod answers;
#[expect(clippy::module_inception, reason = "the noun of the module")]
mod audit;
mod distributions;
mod finding;
mod look;
mod lookups;
mod standing;
mod trees;

pub use audit::{Audit, Looked};
pub use distributions::examine_distribution;
pub use finding::{Fault, Finding, Subject};
pub use look::{Seen, Stamp};
