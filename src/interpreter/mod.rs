//! Python interpreters: which one is meant (`-p`, `PATH`, pyenv), and the facts about it.
//!
//! Facts are probed once by starting the interpreter and are cached per host under the identity of the real file, so that a known
//! interpreter, pyenv shim or not, is never started again. They hold while the files that they were read from stay as they were:
//! the executable, its `libpython` and C library, the standard library's `os.py` and build data, the bundled pip and its own.
//!
//! # Compatibility
//! Python 3.8 and later on POSIX. Environments made by venv, virtualenv or uv stand for the interpreter that they are based on.

mod answer;
mod base;
mod cache;
mod error;
mod facts;
mod host;
mod identity;
mod interpreters;
mod locate;
mod named_platform;
mod probe;
mod pyenv;
mod request;
mod search;
mod tags;
mod target_python;
#[cfg(test)]
pub(crate) mod testing;

pub use cache::{FactsCache, facts_soundness};
pub use error::InterpreterError;
pub use facts::{Facts, Libc, Scheme};
pub use host::Host;
pub use interpreters::Interpreters;
pub use locate::locate;
pub use request::PythonRequest;
pub use search::Search;
pub use target_python::TargetPython;
