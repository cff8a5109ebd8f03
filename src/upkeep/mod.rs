//! Keeping a store small (`docs/upkeep.md`).
//!
//! [`Catalogue`](catalogue::Catalogue) says what there is, [`retention`] decides what goes, [`prune`] takes it.

pub mod catalogue;
mod prune;
pub mod retention;
mod tenancy;

pub use prune::{Pruned, prune};
pub use tenancy::{Tenancy, Tenants};
