//! METADATA of wheels, without the wheels where that is possible.
//!
//! Cheapest first: what was kept of an earlier run; the file beside the wheel (PEP 658, PEP 714), whose digest is checked; METADATA
//! alone by range requests; the whole wheel. Servers that know no ranges, or lie about them, cost one request.

mod described;
mod error;
mod known;
mod range;
mod reader;

#[cfg(test)]
mod tests;

pub use described::{Described, Means};
pub use error::MetadataError;
pub use known::metadata_soundness;
pub use reader::{MetadataReader, Wanted};
