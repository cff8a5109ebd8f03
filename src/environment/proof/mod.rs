//! Proof: what an environment keeps of how it was assembled, and whether it still is that (`docs/proof.md`).
//!
//! [`Proof`] is kept in `pyvenv.cfg`. A [`Blueprint`] says what a folder should hold: files like others whose content is known to be right,
//! files that are made again for the comparison, or only digests. [`look`] compares a folder with its blueprint.

mod blueprint;
mod difference;
mod kept;
mod look;
mod records;
mod remade;

#[cfg(test)]
mod tests;

pub use blueprint::{Blueprint, Depth, Share, Truth};
pub use difference::{Aspect, Difference, What};
pub use kept::{Kept, Proof, ProofError, Recorded, Sealed, base_executable, configured, recorded_in};
pub use look::{Looked, Modes, Strangers, look, same_content, strangers};
pub use remade::{Remade, Remaking};
