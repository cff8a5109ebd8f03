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
use crate::cli::timings::{Shown, Timings};
use crate::cli::venv::wish;
use crate::fs::FsError;
use crate::pipeline::sync::Synced;
use crate::pipeline::{Context, PipelineError};
use crate::report::{Progress, Supplied, Terminal, counted};
use crate::settings::World;

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
    let timings = Timings::start(folder.path().to_owned(), began);
    let _heartbeat = session.terminal.heartbeat(session.settings.heartbeat);
    let outcome = run(matches, &session, began, &mut report);
    session.terminal.finish();
    let distributions = match &outcome {
        Ok(distributions) => distributions.as_slice(),
        Err(error) => {
            report.result = Outcome::Failed;
            report.reason = reason(error);
            report.hint = error.hint();
            &[]
        }
    };
    let spans = session.timeline.spans();
    report.timed(&spans, began.elapsed());
    report.warnings = session.terminal.warnings();
    report.keep_secret(&job.secrets);
    noted(&session.terminal, folder.write(&report));
    let facts = facts(&report);
    let shown = Shown {
        title: &title(&report),
        facts: &facts,
        distributions,
    };
    noted(&session.terminal, timings.write(&session, &shown));
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

/// The error, and in pip's words what is wrong.
fn reason(error: &PipelineError) -> String {
    let said = error.output().unwrap_or_default().lines();
    let errors: Vec<&str> = said.filter_map(|line| line.trim().strip_prefix("ERROR: ")).collect();
    match errors.as_slice() {
        [] => told(error),
        errors => format!("{}: {}", told(error), errors.join("; ")),
    }
}

fn title(report: &Report) -> String {
    let name = Path::new(&report.path).file_name().unwrap_or_default().to_string_lossy();
    let count = counted(report.counts.distributions, "distribution", "distributions");
    format!("{name}: {}, {count}", report.result.name())
}

fn facts(report: &Report) -> [(&'static str, String); 7] {
    [
        ("reason", report.reason.clone()),
        ("key", report.key.clone()),
        ("interpreter", report.python_version.clone()),
        ("took", format!("{:.3} s", report.seconds)),
        ("saved", format!("{:.1} s", report.saved_seconds)),
        ("links", report.links.clone()),
        ("server", format!("{}, {}", report.server.name, report.server.trust)),
    ]
}
