//! `--timings`: pages and a trace of what took how long (`docs/timings.md`).

use std::path::PathBuf;
use std::time::Instant;

use clap::ArgMatches;

use super::session::Session;
use crate::ci::ReportFolder;
use crate::fs::FsError;
use crate::report::{Progress, Summary, Supplied};
use crate::timings::{Page, STYLE, Sampler, trace};

/// A run whose timings will be written.
pub(super) struct Timings {
    folder: ReportFolder,
    sampler: Sampler,
}

/// What stands on the page besides.
pub(super) struct Shown<'a> {
    pub(super) title: &'a str,
    pub(super) facts: &'a [(&'a str, String)],
    pub(super) distributions: &'a [Supplied],
}

impl Timings {
    /// Those of a run that has just begun.
    pub(super) fn start(folder: PathBuf, began: Instant) -> Self {
        Self {
            folder: ReportFolder::at(folder),
            sampler: Sampler::start(began),
        }
    }

    /// The same, if they are asked for.
    pub(super) fn asked(matches: &ArgMatches, session: &Session, began: Instant) -> Option<Self> {
        let folder = matches.get_one::<String>("timings")?;
        Some(Self::start(session.world.current_dir.join(folder), began))
    }

    /// Writes them.
    pub(super) fn write(self, session: &Session, shown: &Shown) -> Result<(), FsError> {
        let spans = session.timeline.spans();
        let samples = self.sampler.finish();
        let runs = session.store().map(|store| store.runs()).unwrap_or_default();
        let page = Page {
            title: shown.title,
            facts: shown.facts,
            spans: &spans,
            samples: &samples,
            distributions: shown.distributions,
            runs: &runs,
        };
        self.folder.make()?;
        self.folder.put("timings.css", STYLE)?;
        self.folder.put("timings.html", &page.html())?;
        self.folder.put("timings.trace.json", &trace(&spans, &samples))
    }

    /// Writes those of a run by its summary; that it failed is no reason not to. What goes wrong costs a warning.
    pub(super) fn write_of(self, session: &Session, summary: Option<&Summary>) {
        let title = summary.map_or_else(|| "a run that failed".to_owned(), ToString::to_string);
        let shown = Shown {
            title: &title,
            facts: &[],
            distributions: summary.map(|summary| summary.distributions.as_slice()).unwrap_or_default(),
        };
        let page = self.folder.path().join("timings.html");
        match self.write(session, &shown) {
            Ok(()) => session.terminal.say(&format!("Timings are in {}", page.display())),
            Err(error) => session.terminal.warn(&format!("timings cannot be written: {error}")),
        }
    }
}
