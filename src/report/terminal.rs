//! Progress on standard error: bars on a terminal, plain lines elsewhere.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::heartbeat::{Heartbeat, Latest, locked};
use super::progress::{Bar, NoBar, Progress};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Errors,
    /// Warnings too.
    Quiet,
    /// Steps, bars and the summary.
    Normal,
    /// Details too.
    Verbose,
}

impl Verbosity {
    /// From `-v` less `-q`.
    pub fn from_count(count: i8) -> Self {
        match count {
            ..=-2 => Self::Errors,
            -1 => Self::Quiet,
            0 => Self::Normal,
            1.. => Self::Verbose,
        }
    }
}

/// Progress as a user sees it.
pub struct Terminal {
    verbosity: Verbosity,
    bars: MultiProgress,
    spinner: ProgressBar,
    /// What was warned of.
    warned: Mutex<Vec<String>>,
    /// What is being done, and when something was last said.
    latest: Arc<Mutex<Latest>>,
}

impl Terminal {
    /// Draws on standard error; bars only if that is a terminal.
    pub fn new(verbosity: Verbosity) -> Self {
        let target = if verbosity >= Verbosity::Normal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            verbosity,
            bars: MultiProgress::with_draw_target(target),
            spinner: ProgressBar::no_length(),
            warned: Mutex::default(),
            latest: Arc::new(Mutex::new(Latest {
                step: String::new(),
                said: Instant::now(),
            })),
        }
    }

    /// Prints a line above the bars.
    pub fn line(&self, text: &str) {
        locked(&self.latest).said = Instant::now();
        self.bars.suspend(|| {
            // Nobody is left to be told when standard error is gone.
            let _ = writeln!(anstream::stderr(), "{text}");
        });
    }

    /// Prints a line unless `-q` was given.
    pub fn say(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.line(text);
        }
    }

    /// What was warned of so far.
    pub fn warnings(&self) -> Vec<String> {
        locked(&self.warned).clone()
    }

    /// Says what is being waited for whenever nothing was said for so long, until it is dropped. Bars show that by themselves.
    pub fn heartbeat(&self, silence: Duration) -> Option<Heartbeat> {
        (self.bars.is_hidden() && self.verbosity >= Verbosity::Normal).then(|| Heartbeat::start(&self.latest, silence))
    }

    /// Takes all bars away, for output that follows.
    pub fn finish(&self) {
        self.spinner.finish_and_clear();
        // Clearing fails only when standard error is gone.
        let _ = self.bars.clear();
    }
}

/// Text in a colour, where the stream shows colours.
pub fn coloured(text: &str, colour: AnsiColor) -> String {
    let style = Style::new().bold().fg_color(Some(colour.into()));
    format!("{style}{text}{style:#}")
}

impl Progress for Terminal {
    fn step(&self, text: &str) {
        text.clone_into(&mut locked(&self.latest).step);
        if self.verbosity < Verbosity::Normal {
            return;
        }
        if self.bars.is_hidden() {
            return self.line(text);
        }
        if self.spinner.length().is_none() && self.spinner.message().is_empty() {
            self.bars.add(self.spinner.clone());
            self.spinner.enable_steady_tick(Duration::from_millis(120));
        }
        self.spinner.set_message(text.to_owned());
    }

    fn warn(&self, text: &str) {
        locked(&self.warned).push(text.to_owned());
        if self.verbosity >= Verbosity::Quiet {
            self.line(&format!("{} {text}", coloured("warning:", AnsiColor::Yellow)));
        }
    }

    fn detail(&self, text: &str) {
        if self.verbosity >= Verbosity::Verbose {
            self.line(text);
        }
    }

    fn bar(&self, label: &str, total: Option<u64>) -> Box<dyn Bar> {
        if self.verbosity < Verbosity::Normal || self.bars.is_hidden() {
            return Box::new(NoBar);
        }
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        if let Ok(style) = ProgressStyle::with_template("  {msg:40!} {bar:24} {bytes:>10} {bytes_per_sec:>12}") {
            bar.set_style(style);
        }
        bar.set_message(label.to_owned());
        Box::new(DrawnBar(self.bars.add(bar)))
    }
}

struct DrawnBar(ProgressBar);

impl Bar for DrawnBar {
    fn advance(&self, units: u64) {
        self.0.inc(units);
    }
}

impl Drop for DrawnBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
