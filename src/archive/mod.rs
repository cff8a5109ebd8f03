//! Archives: a built distribution as installed, in a deterministic tar.gz (`docs/store-format.md`).
//!
//! Unpacking is our own loop over entries: regular files only, every path checked, limits counted while streaming. What an archive
//! says about itself is never trusted further than that.

mod content;
mod error;
mod gzip;
mod pack;
mod ration;
mod unpack;

#[cfg(test)]
mod tests;

pub use error::ArchiveError;
pub use pack::{Member, Packed, content_of, pack};
pub(crate) use ration::{Ration, Rationed, nothing_behind};
pub use unpack::{DESCRIPTION, first_difference, unpack, visit};
