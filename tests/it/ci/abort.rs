//! Aborted jobs: the signals of each server, in each phase.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use super::Job;
use crate::index::Failure;
use crate::sdist_builder::SdistBuilder;
use crate::stop::stop;
use crate::wheel_builder::WheelBuilder;

/// What comes first from Jenkins, Bamboo, GitHub, and those that ask nobody. The second signal never comes: the job is gone by then.
const SIGNALS: [Signal; 4] = [Signal::TERM, Signal::QUIT, Signal::INT, Signal::KILL];
/// Attempts to be in time with a signal.
const ATTEMPTS: usize = 10;

#[derive(Debug, Clone, Copy)]
enum Phase {
    Resolve,
    Fetch,
    Build,
    Assemble,
}

impl Phase {
    const ALL: [Self; 4] = [Self::Resolve, Self::Fetch, Self::Build, Self::Assemble];

    /// What is wanted so that the phase is reached, and lasts.
    fn wanted(self) -> &'static str {
        match self {
            Self::Resolve => "demo==2.0\nasked==1.0\n",
            Self::Fetch => "demo==2.0\nfetched==1.0\n",
            Self::Build => "demo==2.0\nslow==1.0\n",
            Self::Assemble => "demo==2.0\nmany==1.0\n",
        }
    }

    fn failure(self) -> Failure {
        match self {
            Self::Resolve => Failure::Slow(Duration::from_secs(30)),
            Self::Fetch => Failure::SlowWheels(Duration::from_secs(30)),
            Self::Build | Self::Assemble => Failure::None,
        }
    }
}

/// A job whose environment has `demo` 1.0, with distributions that take their time in one phase each.
fn job() -> (Job, PathBuf) {
    let mut job = Job::new();
    let _ = job.sync("").success();
    let mark = job.sandbox.root().join("building");
    job.sandbox.set("MARK", &mark);
    let build = ["import os, time", "open(os.environ['MARK'], 'w').close()", "time.sleep(60)"];
    job.index.publish(SdistBuilder::new("slow", "1.0").built_by(&build).build());
    for project in ["asked", "fetched"] {
        job.index.publish(WheelBuilder::new(project, "1.0").build());
    }
    let mut many = WheelBuilder::new("many", "1.0");
    for number in 0..2000 {
        many = many.file(&format!("many/p{}/m{number}.py", number % 80), "");
    }
    job.index.publish(many.build());
    // Assembling is all that is left to do there.
    let _ = job.sandbox.write("requirements.txt", Phase::Assemble.wanted());
    let _ = job.sync("--path elsewhere").success();
    (job, mark)
}

#[test]
fn an_aborted_job_leaves_what_was_there_and_the_next_one_is_green() {
    let (job, mark) = job();
    for phase in Phase::ALL {
        for signal in SIGNALS {
            let _ = job.sandbox.write("requirements.txt", phase.wanted());
            job.index.fail(phase.failure());
            let in_time = (0..ATTEMPTS).any(|_| stopped(&job, &mark, phase, signal));
            job.index.fail(Failure::None);
            assert!(in_time, "{phase:?}: {signal:?} always came too late");
            assert_eq!(
                (job.version().as_str(), job.report()["result"].as_str()),
                ("1.0", Some("unfinished")),
                "{phase:?} {signal:?}"
            );
            if signal == Signal::KILL {
                // What a build has left in the system's folder is nobody's.
                let _ = fs::remove_dir_all(job.sandbox.root().join("tmp"));
                fs::create_dir(job.sandbox.root().join("tmp")).unwrap();
            } else {
                job.sandbox.assert_nothing_half_done();
                assert_eq!(beside(&job), NAMES, "{phase:?} {signal:?}");
            }
        }
        // The next run is green and clears away what KILL has left.
        let _ = job.sandbox.write("requirements.txt", "demo==2.0\n");
        let _ = job.sync("").success();
        assert_eq!(job.version(), "2.0");
        assert_eq!(beside(&job), NAMES, "{phase:?}");
        back(&job);
    }
    job.sandbox.assert_nothing_half_done();
}

const NAMES: [&str; 4] = [".snapenv", ".venv", "elsewhere", "requirements.txt"];

fn beside(job: &Job) -> Vec<String> {
    let entries = fs::read_dir(job.sandbox.work("")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn back(job: &Job) {
    let _ = job.sandbox.write("requirements.txt", "demo==1.0\n");
    let _ = job.sync("").success();
}

/// Whether a signal came while a job was in that phase.
fn stopped(job: &Job, mark: &Path, phase: Phase, signal: Signal) -> bool {
    let begun = job.index.begun().len();
    let asked = |path: &str| job.index.begun()[begun..].iter().any(|begun| begun.ends_with(path));
    let library = job.sandbox.work("..venv.snapenv-new/lib").join(super::python_folder(job));
    let first = library.join("site-packages/many");
    let in_time = stop(job.sync_command(), signal, || match phase {
        Phase::Resolve => asked("/"),
        Phase::Fetch => asked(".whl"),
        Phase::Build => mark.exists(),
        Phase::Assemble => first.exists(),
    });
    let _ = fs::remove_file(mark);
    if !in_time {
        back(job);
        let _ = job.sandbox.write("requirements.txt", phase.wanted());
    }
    in_time
}
