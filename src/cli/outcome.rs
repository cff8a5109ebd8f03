//! How a command ends: what it printed, its error with hints, its exit code.

use std::io::Write;

use anstyle::AnsiColor;

use crate::pipeline::PipelineError;
use crate::report::coloured;

/// Prints a line of a command's result.
pub(super) fn print(text: &str) {
    // A closed pipe means that nobody wants to know more.
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// An error with its causes.
pub(super) fn told(error: &PipelineError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = source.source();
    }
    text
}

/// Prints an error with its causes and hint; answers the exit code.
pub(super) fn fail(error: &PipelineError) -> i32 {
    let mut stream = anstream::stderr().lock();
    if let Some(output) = error.output() {
        let _ = write!(stream, "{output}");
    }
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(stream, "{} {}", coloured("error:", AnsiColor::Red), told(error));
    if let Some(hint) = error.hint() {
        let _ = writeln!(stream, "{} {hint}", coloured("hint:", AnsiColor::Cyan));
    }
    error.failure().code()
}
