//! snapenv: virtualenvs from cache, in milliseconds, exactly as pip would have made them.
//!
//! The way of the data, and so of the modules (arrows run down only; `tests/it/layering.rs` holds them to it):
//!
//! ```text
//! cli -> pipeline -> {upkeep, parcel, resolve, build, environment, ci, timings} -> {index, wheel, archive, store, plan, pip}
//!     -> {requirements, interpreter, key} -> {fs, report}
//! ```
//!
//! `settings` reads the world (arguments, environment, home, clock, current folder) once; everything below is handed values.
//! `plan`, `key` and parsing do no I/O.

pub mod archive;
pub mod build;
pub mod ci;
pub mod cli;
pub mod environment;
pub mod fs;
pub mod index;
pub mod interpreter;
pub mod key;
pub mod parcel;
pub mod pip;
pub mod pipeline;
pub mod plan;
pub mod report;
pub mod requirements;
pub mod resolve;
pub mod settings;
pub mod store;
pub mod timings;
pub mod upkeep;
pub mod wheel;
