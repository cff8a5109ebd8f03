//! The command line: parsing, and one thin file per command.

mod arguments;
mod below;
mod cache;
mod ci;
mod diff;
mod doctor;
mod explain;
mod install;
mod materialize;
mod outcome;
mod run;
mod session;
mod signals;
mod standby;
mod stats;
mod target;
mod timings;
mod venv;
mod verify;
mod warm;
mod words;

pub use run::run;
