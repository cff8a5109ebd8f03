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
mod adopt;
mod build;
mod check;
mod compare;
mod damage;
mod description;
mod distribution;
mod durable;
mod error;
mod examine;
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
mod remake;
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

pub use adopt::Adopted;
pub use build::{BuildRecord, Native};
pub use compare::Unlike;
pub use damage::{Damage, SnapshotPart};
pub use description::{Bytecode, Description};
pub use distribution::{DistributionRecord, Made, SourceRecord, Unkept};
pub use durable::{FoundTree, Wholeness};
pub use error::StoreError;
pub use examine::{examine_measured, examine_record, record_in};
pub use head::{DistributionHead, Head, RequestHead, SeedHead, SourceHead};
pub use json::record_text;
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
