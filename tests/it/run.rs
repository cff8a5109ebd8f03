//! A finished command.

use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Output};

use crate::normal::Filters;

/// What a command printed and how it ended.
#[derive(Debug)]
#[must_use = "say success() or fails_with(code)"]
pub(crate) struct Run {
    pub(crate) command: String,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) filters: Filters,
}

impl Run {
    /// Wraps what a process returned.
    pub(crate) fn new(command: String, output: &Output, filters: Filters) -> Self {
        Self {
            command,
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            filters,
        }
    }

    /// Demands exit code 0.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        self.fails_with(0)
    }

    /// Demands this exit code.
    #[track_caller]
    pub(crate) fn fails_with(self, code: i32) -> Self {
        assert!(self.status.code() == Some(code), "expected exit code {code}\n{self}");
        self
    }

    /// Demands that the output (stdout or stderr) contains `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.output().contains(text), "expected to read {text:?}\n{self}");
        self
    }

    /// Demands that the output (stdout or stderr) does not contain `text`.
    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        assert!(!self.output().contains(text), "expected not to read {text:?}\n{self}");
        self
    }

    /// The line that ends a successful `snapenv venv`.
    #[track_caller]
    pub(crate) fn summary(&self) -> &str {
        let line = self.stderr.lines().rfind(|line| !line.trim().is_empty());
        let summary = line.filter(|line| line.starts_with("Assembled "));
        summary.unwrap_or_else(|| panic!("the last line is no summary\n{self}"))
    }

    /// Distributions that came from the store.
    #[track_caller]
    pub(crate) fn hits(&self) -> usize {
        self.counted("hit")
    }

    /// Distributions that had to be fetched or built.
    #[track_caller]
    pub(crate) fn misses(&self) -> usize {
        self.counted("miss")
    }

    fn counted(&self, word: &str) -> usize {
        let words: Vec<&str> = self.summary().split([' ', '(', ')', ',']).collect();
        let number = words.windows(2).find(|pair| pair[1].starts_with(word));
        let number = number.and_then(|pair| pair[0].parse().ok());
        number.unwrap_or_else(|| panic!("the summary counts no {word}\n{self}"))
    }

    /// Demands a failure that the command itself reports: an exit code, neither 0 nor a panic's 101.
    #[track_caller]
    pub(crate) fn fails(self) -> Self {
        let code = self.status.code();
        assert!(
            code.is_some_and(|code| code != 0 && code != 101),
            "expected a failure\n{self}"
        );
        self
    }

    /// Both streams.
    pub(crate) fn output(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// Everything a user sees, made the same on every machine.
    pub(crate) fn normalized(&self) -> String {
        let text = format!(
            "exit: {}\n--- stdout\n{}\n--- stderr\n{}",
            self.status
                .code()
                .map_or_else(|| "signal".to_owned(), |code| code.to_string()),
            self.stdout.trim_end(),
            self.stderr.trim_end()
        );
        self.filters.apply(&text)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "$ {}\n(exit {:?}, signal {:?})\n--- stdout\n{}\n--- stderr\n{}",
            self.command,
            self.status.code(),
            self.status.signal(),
            self.stdout,
            self.stderr
        )
    }
}
