//! What a store has: every entry with its size, its last use, and what it needs (`docs/upkeep.md`).

mod answers;
mod archives;
#[expect(clippy::module_inception, reason = "the noun of the module")]
mod catalogue;
mod derived;
mod draft;
mod elsewhere;
mod entry;
mod rest;
mod shelf;

#[cfg(test)]
mod tests;

pub use catalogue::Catalogue;
pub use entry::{DistributionName, Entry, Name};
pub(super) use shelf::{Found, keyed, list};
