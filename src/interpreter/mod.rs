//! Python interpreters: which one is meant (`-p`, `PATH`, pyenv), and the facts about it.
//!
//! Facts are probed once by starting the interpreter and are cached per host under the identity of the real file, so that a known
//! interpreter, pyenv shim or not, is never started again.

mod facts;

pub use facts::{Facts, Libc, Scheme};
