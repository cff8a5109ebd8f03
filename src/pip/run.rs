//! Running pip.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use super::error::PipError;
use crate::fs::{Cleanup, Reach};
use crate::report::Progress;

/// A pip that can be run: an interpreter and pip's own starting point for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pip {
    /// The interpreter: that of the environment which pip is to see.
    pub python: PathBuf,
    /// What the interpreter is given before pip's arguments: `-m pip`, or the path of a script or of `pip` within a wheel.
    pub program: Vec<OsString>,
    /// Its version.
    pub version: String,
    /// Variables that it is given besides those of the caller: index URLs, which may hold credentials and so belong into no argument.
    pub variables: Vec<(&'static str, String)>,
}

/// A finished run of pip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Exit code; 128 plus the signal's number when a signal ended it.
    pub code: i32,
    /// Everything that it printed on both streams, in order per stream.
    pub output: String,
}

impl Pip {
    /// The pip that an interpreter itself can import.
    pub fn module_of(python: PathBuf) -> Self {
        Self {
            python,
            program: ["-m", "pip"].map(OsString::from).to_vec(),
            version: String::new(),
            variables: Vec::new(),
        }
    }

    fn command(&self, arguments: &[OsString], current_dir: &Path) -> Command {
        let mut command = Command::new(&self.python);
        command
            .args(&self.program)
            .args(arguments)
            .current_dir(current_dir)
            // It runs in the interpreter that was chosen, not in one that it would choose itself.
            .env_remove("PIP_PYTHON")
            .env("_PIP_RUNNING_IN_SUBPROCESS", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env_remove("PYTHONHOME")
            .env_remove("__PYVENV_LAUNCHER__");
        command
    }

    /// Runs pip and collects what it prints; each line is also told to `progress` as a detail.
    ///
    /// # Errors
    /// When the interpreter cannot be started. That pip fails is no error: its exit code says so.
    pub fn run(&self, arguments: &[OsString], current_dir: &Path, progress: &dyn Progress) -> Result<Finished, PipError> {
        let failed = |source: io::Error| PipError::Start {
            python: self.python.clone(),
            source,
        };
        let mut command = self.command(arguments, current_dir);
        command
            // A cached answer must not depend on the day on which pip nags.
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let (mut child, _stopped_by_signals) = Cleanup::start(&mut command, Reach::Group).map_err(failed)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let output = thread::scope(|scope| {
            let printed = scope.spawn(move || stdout.map(|stream| lines(stream, progress)).unwrap_or_default());
            let errors = stderr.map(|stream| lines(stream, progress)).unwrap_or_default();
            printed.join().unwrap_or_default() + &errors
        });
        let status = child.wait().map_err(failed)?;
        Ok(Finished {
            code: code_of(status),
            output,
        })
    }

    /// Runs pip on the caller's own terminal and returns its exit code.
    ///
    /// # Errors
    /// When the interpreter cannot be started.
    pub fn pass_on(&self, arguments: &[OsString], current_dir: &Path) -> Result<i32, PipError> {
        let failed = |source: io::Error| PipError::Start {
            python: self.python.clone(),
            source,
        };
        // In our own process group: it may ask questions on the terminal.
        let mut command = self.command(arguments, current_dir);
        let (mut child, _stopped_by_signals) = Cleanup::start(&mut command, Reach::Process).map_err(failed)?;
        Ok(code_of(child.wait().map_err(failed)?))
    }

    /// Becomes pip: this process is replaced and never returns.
    pub fn become_pip(&self, arguments: &[OsString], current_dir: &Path) -> PipError {
        PipError::Start {
            python: self.python.clone(),
            source: self.command(arguments, current_dir).exec(),
        }
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}

fn lines(stream: impl Read, progress: &dyn Progress) -> String {
    let mut output = String::new();
    let mut line = Vec::new();
    let mut reader = BufReader::new(stream);
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let text = String::from_utf8_lossy(&line);
        progress.detail(text.trim_end());
        output.push_str(&text);
        line.clear();
    }
    output
}
