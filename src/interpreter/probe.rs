//! Starting an interpreter, once, to ask it about itself.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::InterpreterError;
use crate::fs::{Cleanup, Reach};

/// The program that describes the interpreter that runs it.
const SCRIPT: &str = include_str!("probe.py");

/// Far beyond a cold start from a slow network filesystem.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// How often a running probe is looked at.
const PULSE: Duration = Duration::from_millis(1);

/// How much of an error output is worth showing.
const STDERR_LIMIT: usize = 2000;

/// Runs the probe with an interpreter and returns its output.
///
/// Output goes to files, not pipes: nothing that the interpreter's start-up files leave running can keep us waiting.
pub(super) fn run(executable: &Path, patience: Duration) -> Result<String, InterpreterError> {
    let failed = |source| InterpreterError::Start {
        path: executable.to_owned(),
        source,
    };
    let mut output = tempfile::tempfile().map_err(failed)?;
    let mut errors = tempfile::tempfile().map_err(failed)?;
    let mut command = Command::new(executable);
    command
        .args(["-I", "-B", "-c", SCRIPT])
        // macOS: a virtual environment's launcher would pass its own identity on.
        .env_remove("__PYVENV_LAUNCHER__")
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(failed)?)
        .stderr(errors.try_clone().map_err(failed)?);
    let (mut child, _stopped_by_signals) = Cleanup::start(&mut command, Reach::Process).map_err(failed)?;
    let status = wait(&mut child, patience)
        .map_err(failed)?
        .ok_or_else(|| InterpreterError::TimedOut {
            path: executable.to_owned(),
            seconds: patience.as_secs(),
        })?;
    if status.success() {
        return contents(&mut output).map_err(failed);
    }
    let stderr = contents(&mut errors).map_err(failed)?;
    // Python 2 has no -I.
    if stderr.contains("Unknown option: -I") {
        return Err(InterpreterError::TooOld {
            path: executable.to_owned(),
            version: "2".to_owned(),
        });
    }
    Err(InterpreterError::Crashed {
        path: executable.to_owned(),
        status,
        stderr: tail(stderr.trim()).to_owned(),
    })
}

/// The child's end, or `None` after `patience`, when it has been killed.
fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PULSE);
    }
}

fn contents(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The end of a text: a traceback's last lines say most.
fn tail(text: &str) -> &str {
    let mut start = text.len().saturating_sub(STDERR_LIMIT);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
