//! Errors of resolving.

use crate::pip::PipError;
use crate::requirements::RequirementsError;

/// A request that could not be resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// pip could not be run, or its report not be read.
    #[error(transparent)]
    Pip(#[from] PipError),
    /// pip says no; what it printed is shown as it is.
    #[error("this request cannot be resolved")]
    Refused {
        /// pip's exit code.
        code: i32,
        /// What it printed.
        output: String,
        /// What is recorded that would have been an answer, in words, and how to get it.
        recorded: Option<String>,
    },
    /// A requirement of a distribution cannot be read.
    #[error("{project}: {source}")]
    Metadata {
        /// Whose.
        project: String,
        /// Why.
        source: RequirementsError,
    },
    /// An index serves METADATA beside a wheel that is not the wheel's.
    #[error("{project}: the index says other {field} than the wheel: '{beside}' against '{within}'")]
    Sidecar {
        /// Whose, with its version.
        project: String,
        /// Which field.
        field: &'static str,
        /// What only the index says.
        beside: String,
        /// What only the wheel says.
        within: String,
    },
    /// The answer needs an index, and none may be asked.
    #[error("this request is not in the store, and --offline forbids asking an index")]
    Offline,
    /// pip's answer has something that snapenv does not understand; pip itself has to install it.
    #[error("left to pip: {0}")]
    Beyond(String),
}

impl ResolveError {
    /// A refusal in pip's words, as pip prints them.
    pub fn refused(output: &str) -> Self {
        Self::Refused {
            code: 1,
            output: output.to_owned(),
            recorded: None,
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Offline => {
                Some("run once without --offline, or name a folder of wheels with --no-index --find-links".to_owned())
            }
            Self::Refused {
                recorded: Some(hint), ..
            } => Some(hint.clone()),
            Self::Refused { output, .. } => refusal_hint(output),
            Self::Sidecar { .. } => Some("tell whoever runs the index; the wheel itself may be fine by its path".to_owned()),
            Self::Pip(_) | Self::Metadata { .. } | Self::Beyond(_) => None,
        }
    }
}

/// What helps with the commonest reasons that pip gives.
fn refusal_hint(output: &str) -> Option<String> {
    let hints = [
        (
            "do not match the hashes",
            "if a file was republished on purpose, update its hash; otherwise find out who changed it",
        ),
        ("ResolutionImpossible", "loosen one of the requirements that pip names above"),
        (
            "is not a supported wheel on this platform",
            "the wheel's tags name the Python and platform that it is for",
        ),
        (
            "NameResolutionError",
            "is the index reachable? No answer to this request is recorded",
        ),
        (
            "NewConnectionError",
            "is the index reachable? No answer to this request is recorded",
        ),
        (
            "Failed to establish a new connection",
            "is the index reachable? No answer to this request is recorded",
        ),
        (
            "Connection refused",
            "is the index reachable? No answer to this request is recorded",
        ),
        (
            "Connection broken",
            "is the index reachable? No answer to this request is recorded",
        ),
        (
            "No matching distribution found",
            "check name and version; `pip index versions NAME` lists what the index has",
        ),
        (
            "metadata-generation-failed",
            "pip's output above names the cause; a wheel of that project would avoid the build",
        ),
        (
            "subprocess-exited-with-error",
            "pip's output above names the cause; a wheel of that project would avoid the build",
        ),
    ];
    let found = hints.iter().find(|(sign, _)| output.contains(sign));
    found.map(|(_, hint)| (*hint).to_owned())
}
