//! Parcels: what a store has for some requests, in one file, to be carried to another (`docs/export.md`).
//!
//! # Trust
//! A parcel is checked in full before anything of it is seen: digests, names, sizes, and that every entry is what its own records say. Whether
//! its content is what an index would have answered, only whoever made it knows.
//!
//! # Concurrency
//! Exporting needs no lock: what is pruned meanwhile is left out, with all that needs it. Importing replaces nothing that is whole, and writes
//! records last.

mod draft;
mod error;
mod export;
mod import;
mod manifest;
mod name;
mod plan;
mod read;
mod taken;
mod write;

#[cfg(test)]
mod tests;

pub use draft::Draft;
pub use error::ParcelError;
pub use export::{Exported, export};
pub use import::{Imported, import};
pub use name::MemberName;
pub use plan::{Choice, Plan};
