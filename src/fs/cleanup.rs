//! What has to be put right when a signal ends the process: half-made folders, places, children.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::remove::remove_tree;

/// Signals arrive for the whole process, so this list is one for the whole process.
static DUTIES: Mutex<Vec<(u64, Duty)>> = Mutex::new(Vec::new());

enum Duty {
    Remove(PathBuf),
    Restore { aside: PathBuf, place: PathBuf },
    Undo(Box<dyn Fn() -> Undone + Send>),
    Stop(Pid),
}

/// How an attempt to undo something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// There was something left to undo, or it could not be undone.
    Some,
    /// Nothing was left.
    Nothing,
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

    /// A signal removes what is at `place` and moves `aside` back there.
    pub fn restore(aside: &Path, place: &Path) -> Self {
        Self::register(Duty::Restore {
            aside: aside.to_owned(),
            place: place.to_owned(),
        })
    }

    /// A signal runs `undo` until nothing is left to undo; it must not use duties itself.
    pub fn undo(undo: impl Fn() -> Undone + Send + 'static) -> Self {
        Self::register(Duty::Undo(Box::new(undo)))
    }

    /// A signal stops the process group of a child; groups do not get the terminal's signals themselves.
    pub fn stop(child: &Child) -> Option<Self> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw)?;
        Some(Self::register(Duty::Stop(pid)))
    }

    fn register(duty: Duty) -> Self {
        let mut duties = duties();
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
        for (_, duty) in duties.iter() {
            if let Duty::Stop(group) = duty {
                // It may have ended meanwhile.
                let _ = kill_process_group(*group, Signal::TERM);
            }
        }
        for (_, duty) in duties.iter().rev() {
            match duty {
                Duty::Stop(_) => {}
                Duty::Remove(path) => remove_stubbornly(path),
                Duty::Restore { aside, place } => {
                    remove_stubbornly(place);
                    // If this fails, the old environment stays aside, where the next run finds it.
                    let _ = fs::rename(aside, place);
                }
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
