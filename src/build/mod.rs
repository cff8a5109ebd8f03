//! Making distributions: building sdists, compiling bytecode, and turning a wheel into an archive and a tree.

pub mod bytecode;
mod error;
mod prepare;
mod project;
mod variables;

pub use error::BuildError;
pub use prepare::{Preparer, Target};
pub use project::build_wheel;
pub use variables::steers_builds;
