//! Sdists: unpacking them, and what their `pyproject.toml` says (PEP 517, PEP 518, PEP 625, PEP 721).
//!
//! Unpacking follows the `data` filter of Python's `tarfile`, which pip uses: nothing outside of the tree, no devices, no modes but
//! the executable bit. It is our own loop over members; zip files are read as strictly as wheels; tars that are
//! packed otherwise are unpacked by the interpreter that builds, and read by the same loop.

mod error;
mod format;
mod gzip;
mod member;
mod system;
mod unpack;
mod zipped;

#[cfg(test)]
mod tests;

pub use error::SourceError;
pub use system::{BuildSystem, Declared};
pub use unpack::unpack;
