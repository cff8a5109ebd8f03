//! What can go wrong between `-p` and the facts.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// No interpreter was found, or the one found could not be used.
#[derive(Debug, thiserror::Error)]
pub enum InterpreterError {
    /// The text of `-p` names neither a version, an executable nor a path.
    #[error("'{0}' names no Python interpreter")]
    InvalidRequest(String),
    /// Nothing on `PATH` nor among pyenv's versions answers the request.
    #[error("no interpreter found for {request}")]
    NotFound {
        /// The request in words.
        request: String,
    },
    /// pyenv is told to use versions that are not installed.
    #[error("pyenv selects {versions} for '{name}' ({origin}), which is not installed")]
    PyenvVersionMissing {
        /// The name that was looked for, such as `python3`.
        name: String,
        /// The missing versions, separated by commas.
        versions: String,
        /// What selected them: a file or the environment variable.
        origin: String,
    },
    /// The path does not exist.
    #[error("{0} does not exist")]
    Missing(PathBuf),
    /// The path exists but may not be executed.
    #[error("{0} is not an executable file")]
    NotExecutable(PathBuf),
    /// The folder holds no `bin/python`.
    #[error("{0} is a folder without bin/python")]
    NoPythonInFolder(PathBuf),
    /// A virtual environment's base interpreter is gone.
    #[error("{config} names {home} as its interpreter's folder, where no Python is left")]
    BrokenEnvironment {
        /// The environment's `pyvenv.cfg`.
        config: PathBuf,
        /// The folder that it names.
        home: PathBuf,
    },
    /// Virtual environments that are based on each other.
    #[error("{0}: the chain of virtual environments has no base interpreter")]
    EndlessChain(PathBuf),
    /// Python itself stores such paths, but `pyvenv.cfg` and JSON cannot.
    #[error("the path {0:?} is not valid UTF-8")]
    NotUtf8(PathBuf),
    /// A file could not be looked at.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The executable could not be started.
    #[error("cannot start {path}")]
    Start {
        /// The executable.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The executable did not end in time.
    #[error("{path} did not answer within {seconds} s")]
    TimedOut {
        /// The executable.
        path: PathBuf,
        /// The time that it was given.
        seconds: u64,
    },
    /// The executable ended with an error.
    #[error("{path} failed ({status}): {stderr}")]
    Crashed {
        /// The executable.
        path: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The end of its error output.
        stderr: String,
    },
    /// The executable ran but did not behave as a Python interpreter.
    #[error("{0} is not a Python interpreter")]
    NotPython(PathBuf),
    /// The interpreter's answer is incomplete.
    #[error("{path} described itself in a way that is not understood")]
    BadAnswer {
        /// The executable.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Older than Python 3.8.
    #[error("{path} is Python {version}; 3.8 or later is needed")]
    TooOld {
        /// The executable.
        path: PathBuf,
        /// Its version, as far as it is known.
        version: String,
    },
    /// The best match on this machine is of another version than was asked for.
    #[error("{path} is Python {found}, not {wanted}")]
    WrongVersion {
        /// The executable.
        path: PathBuf,
        /// What was asked for.
        wanted: String,
        /// What it is.
        found: String,
    },
}

impl InterpreterError {
    /// The next step for the user, where there is one.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::InvalidRequest(_) => {
                "use a version (3.11), a name on PATH (python3.11), an executable's path, or a virtual environment's folder"
            }
            Self::NotFound { .. } | Self::TooOld { .. } | Self::WrongVersion { .. } => {
                "install that Python (for instance with `pyenv install`), or name another with -p"
            }
            Self::PyenvVersionMissing { versions, .. } => {
                return Some(format!("run `pyenv install {versions}`, or name another Python with -p"));
            }
            Self::BrokenEnvironment { .. } | Self::EndlessChain(_) => {
                "the environment's base Python was removed or moved; make the environment anew from an installed Python"
            }
            Self::Missing(_) | Self::NotExecutable(_) | Self::NoPythonInFolder(_) | Self::NotPython(_) => {
                "give -p a Python executable or the folder of a virtual environment"
            }
            Self::Crashed { path, .. } | Self::TimedOut { path, .. } => {
                return Some(format!("see whether `{} -I -c 'import site'` works", path.display()));
            }
            Self::NotUtf8(_) | Self::Read { .. } | Self::Start { .. } | Self::BadAnswer { .. } => return None,
        };
        Some(text.to_owned())
    }
}
