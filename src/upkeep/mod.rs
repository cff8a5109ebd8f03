//! Keeping a store small and whole (`docs/upkeep.md`).
//!
//! [`Catalogue`](catalogue::Catalogue) says what there is, [`retention`] decides what goes, [`prune`] takes it; an [`Audit`](audit::Audit)
//! reads all of it.

pub mod audit;
pub mod catalogue;
mod changes;
mod prune;
pub mod retention;
mod tenancy;

pub use changes::{Forgotten, forget_changes, store_of_change};
pub use prune::{Pruned, prune};
pub use tenancy::{Tenancy, Tenants};
