//! Bytecode: compiled once per archive by persistent workers of the base interpreter, one per core.
//!
//! The same sources give the same bytes in whatever order they are compiled (`worker.py` says how); `PYTHON*` variables of the
//! caller do not reach the workers, the bytecode mode is in the distribution key instead.

mod compiler;
mod error;
mod worker;

#[cfg(test)]
mod tests;

pub use compiler::{Compiler, Source};
pub use error::BytecodeError;
pub use worker::Manner;
