//! The skeleton of a virtual environment, written without starting Python (PEP 405).
//!
//! It equals what `python -m venv` and virtualenv make in everything that tools rely on: `pyvenv.cfg`, the interpreter's links, the
//! folders, the activators. Nothing in it depends on where it is written, only on where it will be: `staging` is renamed to
//! `destination` afterwards.

mod activators;
mod config;
mod error;
mod layout;
mod quote;

pub use error::SkeletonError;
pub use layout::{Seed, Skeleton, SystemSite};
