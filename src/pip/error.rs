//! Errors of running pip.

use std::io;
use std::path::PathBuf;

/// pip could not be run, or what it wrote could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PipError {
    /// The interpreter did not start.
    #[error("cannot run pip with {}: {source}", python.display())]
    Start {
        /// The interpreter.
        python: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Its report is missing or not understood.
    #[error("cannot read pip's report {}: {reason}", path.display())]
    Report {
        /// The report.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}
