//! Making distributions: building sdists, compiling bytecode, and turning a wheel into an archive and a tree.

mod backend;
pub mod bytecode;
mod error;
mod prepare;
mod project;
mod source;
mod variables;

pub use backend::{Backend, BackendError, Child, ConfigSettings, Finished, Product, Required, config_settings};
pub use error::BuildError;
pub use prepare::{Packed, Prepared, Preparer, Target};
pub use project::build_wheel;
pub use source::{BuildSystem, Declared, SourceError, unpack};
pub use variables::steers_builds;
