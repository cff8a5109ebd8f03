//! Keys and digests: BLAKE3 over canonical, framed preimages (`docs/cache-key.md`).

mod build;
mod compare;
mod digest;
mod distribution;
mod family;
mod interpreter;
mod lease;
mod page;
mod preimage;
mod request;
mod snapshot;

pub use build::BuildQuestion;
pub use compare::{FieldDifference, Side, field_differences};
pub use digest::{InvalidDigest, Sha256};
pub use distribution::{
    BuildPreimage, BytecodeMode, Codecs, DistributionPreimage, Invalidation, PlatformPreimage, bytecode_name,
};
pub use family::FamilyPreimage;
pub use interpreter::InterpreterPreimage;
pub use lease::LeasePreimage;
pub use page::PagePreimage;
pub use preimage::{
    BuildKey, ContentKey, DistributionKey, FamilyKey, InvalidKey, LeaseKey, ManifestDigest, PageKey, PinKey, Preimage,
    RequestKey, SnapshotKey, key_of, printed,
};
pub use request::{IndexPreimage, IndexUrl, LocalInput, PinPreimage, RequestPreimage, RequirementPreimage, VisibleDistribution};
pub use snapshot::{SnapshotMember, SnapshotPreimage};
