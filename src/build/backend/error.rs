//! Errors of build backends.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A backend that did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The interpreter cannot be started.
    #[error("cannot start {}: {source}", python.display())]
    Start {
        /// Which.
        python: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file of the conversation cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It cannot be imported.
    #[error("the build backend '{backend}' is not available: {reason}")]
    Unavailable {
        /// Which.
        backend: String,
        /// Python's reason.
        reason: String,
        /// What was printed.
        log: String,
    },
    /// A hook that must be there is not (PEP 660).
    #[error("the build backend '{backend}' is missing the '{hook}' hook")]
    Missing {
        /// Which backend.
        backend: String,
        /// Which hook.
        hook: &'static str,
    },
    /// A hook raised an exception, or ended its process.
    #[error("the hook '{hook}' of the build backend '{backend}' failed (exit code {code})")]
    Failed {
        /// Which backend.
        backend: String,
        /// Which hook.
        hook: &'static str,
        /// Exit code; 128 plus the signal's number when a signal ended it.
        code: i32,
        /// What was printed.
        log: String,
    },
    /// A hook took longer than it may.
    #[error("the hook '{hook}' of the build backend '{backend}' was stopped after {} seconds", limit.as_secs())]
    TimedOut {
        /// Which backend.
        backend: String,
        /// Which hook.
        hook: &'static str,
        /// How long it may take.
        limit: Duration,
        /// What was printed.
        log: String,
    },
    /// A hook answered something else than the specification has.
    #[error("the hook '{hook}' of the build backend '{backend}' {reason}")]
    Answer {
        /// Which backend.
        backend: String,
        /// Which hook.
        hook: &'static str,
        /// What is wrong with it.
        reason: String,
        /// What was printed.
        log: String,
    },
}

impl BackendError {
    /// What the backend printed.
    pub fn log(&self) -> Option<&str> {
        match self {
            Self::Unavailable { log, .. } | Self::Failed { log, .. } | Self::TimedOut { log, .. } | Self::Answer { log, .. } => {
                Some(log)
            }
            Self::Start { .. } | Self::Io { .. } | Self::Missing { .. } => None,
        }
    }

    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unavailable { .. } => Some(
                "`build-system.requires` of its pyproject.toml ought to name the backend; \
                 with --no-build-isolation, it has to be installed beforehand"
                    .to_owned(),
            ),
            Self::Missing { .. } => Some("install it without -e, or use a build backend that supports PEP 660".to_owned()),
            Self::TimedOut { .. } => Some("--build-timeout allows more".to_owned()),
            Self::Start { .. } | Self::Io { .. } | Self::Failed { .. } | Self::Answer { .. } => None,
        }
    }
}
