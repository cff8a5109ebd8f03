//! `snapenv ci sync`

use std::path::Path;
use std::time::Instant;

use clap::ArgMatches;

use super::job::{Job, reports};
use crate::ci::{Handing, Outcome, Report, ReportFolder};
use crate::cli::arguments::{given, positionals};
use crate::cli::outcome::{fail, print, told};
use crate::cli::session::Session;
use crate::cli::target::plain;
use crate::cli::venv::wish;
use crate::fs::FsError;
use crate::pipeline::sync::Synced;
use crate::pipeline::{Context, PipelineError};
use crate::report::{Progress, Span, Supplied, Terminal};
use crate::settings::World;
use crate::timings::{Page, STYLE, Sample, Sampler, trace};

/// Makes the environment and reports, whatever comes of it. The exit code is that of `snapenv venv`.
pub(super) fn sync(matches: &ArgMatches, began: Instant) -> Result<i32, PipelineError> {
    let world = World::read()?;
    let job = Job::of(matches, &world)?;
    let path = plain(&world.current_dir.join(crate::cli::venv::folder(matches)));
    let folder = ReportFolder::at(reports(matches, &world));
    let mut report = Report::unfinished(job.facts(), world.now, path.to_string_lossy().into_owned());
    let mut session = Session::start(&given(matches, positionals(matches)), world, None)?;
    job.confine(&mut session.settings);
    noted(&session.terminal, folder.write(&report));
    let sampler = Sampler::start(began);
    let _heartbeat = session.terminal.heartbeat(session.settings.heartbeat);
    let outcome = run(matches, &session, began, &mut report);
    session.terminal.finish();
    let distributions = match &outcome {
        Ok(distributions) => distributions.as_slice(),
        Err(error) => {
            report.result = Outcome::Failed;
            report.reason = told(error);
            report.hint = error.hint();
            &[]
        }
    };
    let spans = session.timeline.spans();
    report.timed(&spans, began.elapsed());
    report.warnings = session.terminal.warnings();
    report.keep_secret(&job.secrets);
    noted(&session.terminal, folder.write(&report));
    let timings = Timings {
        spans: &spans,
        samples: &sampler.finish(),
        distributions,
    };
    noted(&session.terminal, timings.write(&folder, &session, &report));
    let summary = folder.path().join("summary.md");
    let handing = Handing::of(job.server, &report, &summary, &session.world.variables);
    noted(&session.terminal, handing.add());
    let code = match &outcome {
        Ok(_) => 0,
        Err(error) => fail(error),
    };
    handing.messages.iter().for_each(|message| print(message));
    print(&report.line());
    Ok(code)
}

fn run(matches: &ArgMatches, session: &Session, began: Instant, report: &mut Report) -> Result<Vec<Supplied>, PipelineError> {
    let store = session.store()?;
    let facts = session.interpreter(&store)?;
    report.python_version = format!("{} {}", facts.implementation, facts.full_version);
    let context = session.context(&store, &facts);
    let synced = context.sync(&wish(matches, session), began)?;
    tell(&context, session, &synced);
    let made = synced.made();
    let (result, reason) = match (&synced, &made.traced.missed) {
        (Synced::Unchanged(_), _) => (Outcome::Unchanged, made.summary.answer.to_string()),
        (Synced::Made(_), None) => (Outcome::Hit, made.summary.answer.to_string()),
        (Synced::Made(_), Some(missed)) => (Outcome::Miss, missed.clone()),
    };
    report.key = made.traced.request.map(|key| key.to_string()).unwrap_or_default();
    report.done(result, reason, &made.summary);
    Ok(made.summary.distributions.clone())
}

fn tell(context: &Context, session: &Session, synced: &Synced) {
    match synced {
        Synced::Unchanged(made) => {
            let environment = &made.summary.environment;
            session
                .terminal
                .say(&format!("{environment} is what is wanted already: nothing to do"));
        }
        Synced::Made(made) => session.terminal.say(&made.summary.to_string()),
    }
    context.after(&synced.made().summary);
}

/// What a report costs is a warning at most.
fn noted(terminal: &Terminal, outcome: Result<(), FsError>) {
    if let Err(error) = outcome {
        terminal.warn(&format!("{error}; the job goes on without this report"));
    }
}

/// What took how long.
struct Timings<'a> {
    spans: &'a [Span],
    samples: &'a [Sample],
    distributions: &'a [Supplied],
}

impl Timings<'_> {
    fn write(&self, folder: &ReportFolder, session: &Session, report: &Report) -> Result<(), FsError> {
        let runs = session.store().map(|store| store.runs()).unwrap_or_default();
        let name = Path::new(&report.path)
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let title = format!(
            "{}: {}, {} distributions",
            name.unwrap_or_default(),
            report.result.name(),
            report.counts.distributions
        );
        let facts = [
            ("reason", report.reason.clone()),
            ("key", report.key.clone()),
            ("interpreter", report.python_version.clone()),
            ("took", format!("{:.3} s", report.seconds)),
            ("saved", format!("{:.1} s", report.saved_seconds)),
            ("links", report.links.clone()),
            ("server", format!("{}, {}", report.server.name, report.server.trust)),
        ];
        let page = Page {
            title: &title,
            facts: &facts,
            spans: self.spans,
            samples: self.samples,
            distributions: self.distributions,
            runs: &runs,
        };
        folder.put("timings.css", STYLE)?;
        folder.put("timings.html", &page.html())?;
        folder.put("timings.trace.json", &trace(self.spans, self.samples))
    }
}
