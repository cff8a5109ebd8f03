//! The command line: parsing, and one thin file per command.

mod arguments;
mod cache;
mod explain;
mod outcome;
mod run;
mod session;
mod signals;
mod venv;

pub use run::run;
