//! From what places offer to the candidates of one project, in pip's order. Pure: no I/O.

mod candidate;
mod demand;

pub use candidate::Candidate;
pub use demand::{AllowedHashes, Demand};
