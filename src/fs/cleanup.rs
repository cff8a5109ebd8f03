//! What has to be put right when a signal ends the process: half-made folders, places, children.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use super::remove::remove_tree;

/// Signals arrive for the whole process, so this list is one for the whole process.
static DUTIES: Mutex<Vec<(u64, Duty)>> = Mutex::new(Vec::new());

/// What children are told, and how long they may take to end then. Python removes its temporary folders on the first only. All in all a
/// process that was told to end is gone within four seconds.
const PATIENCE: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(1)),
    (Signal::TERM, Duration::from_secs(1)),
    (Signal::KILL, Duration::from_millis(500)),
];

enum Duty {
    Remove(PathBuf),
    Undo(Box<dyn Fn() -> Undone + Send>),
    Stop(Pid, Reach),
}

/// How an attempt to undo something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// There was something left to undo, or it could not be undone.
    Some,
    /// Nothing was left.
    Nothing,
}

/// What of a child is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The process group that it leads; groups of their own do not get the terminal's signals.
    Group,
    /// The child alone: it is in our own group.
    Process,
}

/// A duty that is in force until this is dropped.
#[derive(Debug)]
#[must_use = "the duty ends when this is dropped"]
pub struct Cleanup {
    number: u64,
}

impl Cleanup {
    /// A signal removes `path` with everything in it.
    pub fn remove(path: &Path) -> Self {
        Self::register(Duty::Remove(path.to_owned()))
    }

    /// Makes what a signal removes, at the path that `make` answers, too: no signal comes in between. `make` must not use duties itself.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn remove_made<T, E>(make: impl FnOnce() -> Result<T, E>, path: impl FnOnce(&T) -> &Path) -> Result<(T, Self), E> {
        let mut duties = duties();
        let new = make()?;
        let duty = Self::add(&mut duties, Duty::Remove(path(&new).to_owned()));
        Ok((new, duty))
    }

    /// A signal runs `undo` until nothing is left to undo; it must not use duties itself.
    pub fn undo(undo: impl Fn() -> Undone + Send + 'static) -> Self {
        Self::register(Duty::Undo(Box::new(undo)))
    }

    /// Starts a child that a signal stops. While signals are acted upon, none is started any more.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, reach: Reach) -> io::Result<(Child, Option<Self>)> {
        let mut duties = duties();
        let child = command.spawn()?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let stopping = pid.map(|pid| Self::add(&mut duties, Duty::Stop(pid, reach)));
        Ok((child, stopping))
    }

    /// Does something that signals wait for, or does nothing more if one has come: then this does not return. It must not use duties itself.
    pub fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
        let _signals_wait = duties();
        work()
    }

    fn register(duty: Duty) -> Self {
        Self::add(&mut duties(), duty)
    }

    fn add(duties: &mut Vec<(u64, Duty)>, duty: Duty) -> Self {
        let number = duties.last().map_or(0, |(number, _)| number + 1);
        duties.push((number, duty));
        Self { number }
    }

    /// Does all duties in force; for the thread that handles signals, right before the process ends.
    ///
    /// Other threads may still be writing into a folder that is being removed: it is tried a few times.
    pub fn run_all() {
        let duties = duties();
        // Children first: they write into what is to be removed.
        let children = duties.iter().filter_map(|(_, duty)| match duty {
            Duty::Stop(pid, reach) => Some((*pid, *reach)),
            _ => None,
        });
        stop(&children.collect::<Vec<_>>());
        for (_, duty) in duties.iter().rev() {
            match duty {
                Duty::Stop(..) => {}
                Duty::Remove(path) => remove_stubbornly(path),
                Duty::Undo(undo) => undo_stubbornly(undo),
            }
        }
        // Whoever wants to give a duty back now waits for the end of the process, and does not report what was taken from under it.
        std::mem::forget(duties);
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        duties().retain(|(number, _)| *number != self.number);
    }
}

fn duties() -> MutexGuard<'static, Vec<(u64, Duty)>> {
    DUTIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends children and waits for them; those that do not go by themselves are killed.
fn stop(children: &[(Pid, Reach)]) {
    let mut left = children.to_vec();
    let send = |(pid, reach): (Pid, Reach), signal| {
        // It may have ended meanwhile.
        let _ = match reach {
            Reach::Group => kill_process_group(pid, signal),
            Reach::Process => kill_process(pid, signal),
        };
    };
    for (signal, patience) in PATIENCE {
        for child in &left {
            send(*child, signal);
        }
        let began = Instant::now();
        loop {
            left.retain(|child| {
                let running = is_running(child.0);
                if !running && child.1 == Reach::Group {
                    // What it started goes with it, whatever that does with signals.
                    send(*child, Signal::KILL);
                }
                running
            });
            if left.is_empty() {
                return;
            }
            if began.elapsed() > patience {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Whether a child has not ended yet; its exit code is left to the thread that waits for it.
fn is_running(child: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::Pid(child), options), Ok(None))
}

/// Until other threads add nothing any more.
fn undo_stubbornly(undo: &dyn Fn() -> Undone) {
    let mut quiet = 0;
    for _ in 0..100 {
        quiet = if undo() == Undone::Nothing { quiet + 1 } else { 0 };
        if quiet == 3 {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn remove_stubbornly(path: &Path) {
    for _ in 0..20 {
        if remove_tree(path).is_ok() && !path.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}
