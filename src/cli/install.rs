//! `snapenv install` and `snapenv download`

use std::ffi::OsString;
use std::time::Instant;

use clap::ArgMatches;
use clap::error::ErrorKind;

use super::arguments::{self, given_to, positionals};
use super::outcome::print;
use super::run::usage;
use super::session::Session;
use super::target::{Called, Target};
use super::timings::Timings;
use super::words::Words;
use crate::pipeline::PipelineError;
use crate::pipeline::dry_run::Place;
use crate::pipeline::install::Installation;
use crate::pipeline::living::settle;
use crate::report::{Progress, Terminal, Verbosity};
use crate::settings::pip_config::Command;
use crate::settings::{Course, Given, SettingsError, World};

/// Does natively what can be; everything else is pip's. `words` stand behind the command.
pub(super) fn install((command, words): (Command, &[OsString]), called: &Called, began: Instant) -> Result<i32, PipelineError> {
    let world = World::read()?;
    let named = std::iter::once(OsString::from(command.name())).chain(words.iter().cloned());
    let parsed = arguments::of_pips(command).try_get_matches_from(named);
    let mut words = Words::split(words);
    words.pips.insert(0, command.name().into());
    let given = match parsed {
        Ok(matches) => Some((given_to(command, &matches, positionals(&matches)), matches)),
        Err(error) if error.kind() == ErrorKind::DisplayHelp && !called.as_pip() => return Ok(usage(&error)),
        // pip may know more, or has the better words for what is wrong.
        Err(_) => None,
    };
    let target = Target::find(words.python.as_deref(), &world, called)?;
    let natively = match given {
        Some((given, matches)) => natively(&target, (given, &matches), &world, began)?,
        None => None,
    };
    match natively {
        Some(code) => Ok(code),
        None => pass_on(&target, &words, &world),
    }
}

/// The exit code, or none if only pip can do it.
fn natively(
    target: &Target,
    (given, matches): (Given, &ArgMatches),
    world: &World,
    began: Instant,
) -> Result<Option<i32>, PipelineError> {
    let verbosity = given.verbosity;
    let session = match Session::of_target(target, given, world) {
        // pip has no use for a settings file of ours.
        Err(PipelineError::Settings(error @ SettingsError::File { .. })) => {
            Terminal::new(Verbosity::from_count(verbosity)).warn(&format!("{error}; handing over to pip"));
            return Ok(None);
        }
        session => session?,
    };
    // What is installed outside of environments is pip's.
    if matches!(target, Target::Interpreter(_)) && session.settings.course == Course::Install {
        return Ok(None);
    }
    let prepared = session
        .store()
        .and_then(|store| session.interpreter(&store).map(|facts| (store, facts)));
    let (store, facts) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            session.terminal.warn(&format!("{error}; handing over to pip"));
            session.terminal.finish();
            return Ok(None);
        }
    };
    let timings = Timings::asked(matches, &session, began);
    let context = session.context(&store, &facts);
    let place = match target {
        Target::Environment(living) => Place::Environment(living),
        Target::Interpreter(python) => Place::Interpreter(python),
    };
    let installation = match (&session.settings.course, place) {
        (Course::Install, Place::Environment(living)) => context.install(living, began),
        (Course::Install | Course::DryRun, _) => context.dry_run(place),
        (Course::Download(into), _) => context.download(place, into),
    };
    session.terminal.finish();
    match installation? {
        Installation::Done { said, summary } => {
            let shown = |lines: &[String]| lines.iter().filter(|_| verbosity >= 0).for_each(|line| print(line));
            shown(&said.lines);
            // It is what was asked for: being quiet does not concern it.
            said.report.iter().for_each(|report| print(report));
            shown(&said.outcome);
            if let Some(summary) = summary {
                session.terminal.say(&summary.to_string());
                context.after(&summary);
                if let Some(timings) = timings {
                    timings.write_of(&session, Some(&summary));
                }
            }
            Ok(Some(0))
        }
        Installation::HandOver(reason) => {
            session.terminal.step(&format!("handing over to pip: {reason}"));
            session.terminal.finish();
            Ok(None)
        }
    }
}

/// Any other command of pip's.
pub(super) fn other(words: &[OsString], called: &Called) -> Result<i32, PipelineError> {
    let world = World::read()?;
    let target = Target::find(Words::named_python(words).as_deref(), &world, called)?;
    let words = Words {
        pips: words.to_vec(),
        ..Words::default()
    };
    pass_on(&target, &words, &world)
}

/// Becomes pip.
fn pass_on(target: &Target, words: &Words, world: &World) -> Result<i32, PipelineError> {
    if let Target::Environment(living) = target {
        let terminal = Terminal::new(Verbosity::from_count(0));
        if let Err(error) = settle(living, &terminal) {
            terminal.warn(&error.to_string());
        }
    }
    let offline = || words.offline.then(|| ("PIP_NO_INDEX", "1".to_owned()));
    if let Some(mut pip) = target.own_pip() {
        pip.variables.extend(offline());
        return Err(pip.become_pip(&words.pips, &world.current_dir).into());
    }
    let living = match target {
        Target::Environment(living) => living,
        Target::Interpreter(python) => return Err(PipelineError::NoSuchPython(python.display().to_string())),
    };
    let session = Session::of_environment(living, Given::default(), world)?;
    let store = session.store()?;
    let facts = session.interpreter(&store)?;
    let mut pip = session.context(&store, &facts).foreign_pip(living)?;
    session.terminal.finish();
    pip.variables.extend(offline());
    // Not replaced by it: the store may be one of this run only, which is removed at the end.
    Ok(pip.pass_on(&words.pips, &world.current_dir)?)
}
