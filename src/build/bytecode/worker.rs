//! One interpreter process that compiles what it is sent.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::Signal;

use super::compiler::Source;
use super::error::BytecodeError;
use crate::fs::{Cleanup, Reach};
use crate::key::{Codecs, Invalidation};

const SCRIPT: &str = include_str!("worker.py");

/// How the workers compile.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The base interpreter.
    pub interpreter: PathBuf,
    /// Optimization level: 0, 1 or 2.
    pub optimization: u8,
    /// How bytecode is checked against its source.
    pub invalidation: Invalidation,
    /// Which source encodings are compiled.
    pub codecs: Codecs,
}

/// A running worker; it is stopped when dropped.
pub(super) struct Worker {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    _stopped_by_signals: Option<Cleanup>,
}

impl Worker {
    pub(super) fn start(manner: &Manner) -> Result<Self, BytecodeError> {
        let invalidation = match manner.invalidation {
            Invalidation::Timestamp => "timestamp",
            Invalidation::CheckedHash => "checked-hash",
        };
        let codecs = match manner.codecs {
            Codecs::Any => "any",
            Codecs::Loaded => "loaded",
        };
        let failed = |source| BytecodeError::Start {
            interpreter: manner.interpreter.clone(),
            source,
        };
        let mut command = Command::new(&manner.interpreter);
        command
            .args(["-s", "-S", "-W", "ignore", "-c", SCRIPT])
            .args([manner.optimization.to_string().as_str(), invalidation, codecs])
            .env_clear()
            // Before 3.11 marshal writes frozensets in the order of their hashes.
            .env("PYTHONHASHSEED", "0")
            .env("LC_ALL", "C.UTF-8")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let (mut child, stopped_by_signals) = Cleanup::start(&mut command, Reach::Process).map_err(failed)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (requests, answers) = pipes.ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self {
            child,
            requests,
            answers: BufReader::new(answers),
            _stopped_by_signals: stopped_by_signals,
        })
    }

    /// Sends all sources, then reads all answers: whether each compiled. Fewer answers than sources mean that the worker ended.
    pub(super) fn compile(&mut self, sources: &[Source]) -> Vec<bool> {
        let mut requests = Vec::new();
        for source in sources {
            push_field(&mut requests, &source.path, b'\0');
            push_field(&mut requests, &source.target, b'\0');
            requests.extend_from_slice(source.name.as_bytes());
            requests.push(b'\0');
            requests.extend_from_slice(source.mtime.to_string().as_bytes());
            requests.push(b'\n');
        }
        let sent = self.requests.write_all(&requests).and_then(|()| self.requests.flush());
        let mut compiled = Vec::with_capacity(sources.len());
        let mut answer = String::new();
        while sent.is_ok() && compiled.len() < sources.len() {
            answer.clear();
            match self.answers.read_line(&mut answer) {
                Ok(length) if length > 0 => compiled.push(answer.trim_end() == "ok"),
                Ok(_) | Err(_) => break,
            }
        }
        compiled
    }

    /// How a worker ended that stopped answering.
    pub(super) fn end(mut self) -> End {
        End(self.child.wait())
    }
}

/// How a worker ended.
pub(super) struct End(io::Result<ExitStatus>);

impl End {
    /// Whether a signal says that the interpreter itself is at fault; what kills from outside is none.
    pub(super) fn is_crash(&self) -> bool {
        let crashes = [Signal::SEGV, Signal::ABORT, Signal::BUS, Signal::ILL, Signal::FPE];
        let signal = self.0.as_ref().ok().and_then(ExitStatusExt::signal);
        signal.is_some_and(|signal| crashes.iter().any(|crash| crash.as_raw() == signal))
    }
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(status) => status.fmt(formatter),
            Err(error) => error.fmt(formatter),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Both fail only when the worker is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn push_field(line: &mut Vec<u8>, path: &Path, end: u8) {
    line.extend_from_slice(path.as_os_str().as_bytes());
    line.push(end);
}
