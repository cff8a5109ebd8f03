//! Errors of compiling.

use std::io;
use std::path::PathBuf;

/// Bytecode could not be made. Sources that do not compile are no error: pip installs them without bytecode, too.
#[derive(Debug, thiserror::Error)]
pub enum BytecodeError {
    /// The interpreter did not start.
    #[error("cannot start {} to compile bytecode: {source}", interpreter.display())]
    Start {
        /// The interpreter.
        interpreter: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A worker ended although it had work: by itself, or by crashes over source after source.
    #[error("{} ended while compiling {}: {reason}", interpreter.display(), source_path.display())]
    Ended {
        /// The interpreter.
        interpreter: PathBuf,
        /// What it was compiling.
        source_path: PathBuf,
        /// What is known of the reason.
        reason: String,
    },
}
