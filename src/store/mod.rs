//! The store: built distributions, snapshots and records, all of it plain files (`docs/store-format.md`).
//!
//! # Locking
//! Reading takes no lock. Making a distribution takes one per key, so that it happens once per machine; it is an optimization only.
//!
//! # Never worse than pip
//! A store that cannot be written is read, and what is new goes to a temporary store of this run. A damaged, foreign or newer entry is
//! a miss.
//!
//! # Trust
//! A store that somebody could change whom nobody trusts is neither read nor written (`docs/sharing.md`).

mod accounts;
mod build;
mod check;
mod description;
mod distribution;
mod durable;
mod error;
mod head;
mod json;
mod kin;
mod layout;
mod lease;
mod measured;
mod merged;
mod named;
mod nearest;
mod open;
mod ownership;
mod pin;
mod pip;
mod prepared;
mod quarantine;
mod reads;
mod request;
mod resolution;
mod runs;
mod sources;
mod spare;
mod staging;
mod temporary;
mod trash;
mod tree;
mod used;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use build::{BuildRecord, Native};
pub use description::{Bytecode, Description};
pub use distribution::{DistributionRecord, Made, SourceRecord, Unkept};
pub use durable::{FoundTree, Wholeness};
pub use error::StoreError;
pub use head::{DistributionHead, Head, RequestHead, SeedHead, SourceHead};
pub use layout::{ArchivePart, Area, Layout};
pub use lease::Lease;
pub use measured::Measured;
pub use merged::{GeneratedFile, MergedLayer};
pub use named::Named;
pub use open::{Opened, Places, Store};
pub use ownership::Distrust;
pub use pin::PinRecord;
pub use pip::PipRecord;
pub use reads::{ListingRecord, PlaceRecord, ReadRecord};
pub use request::{Answer, BuildConditions, Conditions, Kind, RequestRecord, StoredRequest};
pub use resolution::{Artifact, ArtifactKind, Resolution, Resolved};
pub use runs::{InvalidRun, Outcome, Run};
pub use spare::{Asked, InvalidSpareKind, Spare, SpareKind};
pub use staging::Staging;
pub use trash::Trash;
