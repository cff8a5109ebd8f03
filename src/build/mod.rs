//! Making distributions: building sdists, compiling bytecode, and turning a wheel into an archive and a tree.

mod backend;
pub mod bytecode;
mod compilers;
mod diagnosis;
mod error;
mod inherited;
mod libraries;
mod prepare;
mod project;
mod source;
mod variables;

pub use backend::{Backend, BackendError, Child, ConfigSettings, Finished, Isolation, Product, Required, config_settings};
pub use compilers::compilers;
pub use diagnosis::{Book, InvalidBook, Kind, Lack, Manager};
pub use error::BuildError;
pub use libraries::Libraries;
pub use prepare::{Packed, Preparer, Target};
pub use project::build_wheel;
pub use source::{BuildSystem, Declared, SourceError, unpack};
pub use variables::steers_builds;
