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
        let mut duties = duties();
        fulfil_apart(std::mem::take(&mut *duties));
        // Whoever wants to give a duty back now waits for the end of the process, and does not report what was taken from under it.
        std::mem::forget(duties);
    }
}

/// Threads of the pool that all share may be waiting for the duties meanwhile, and never take up work of ours.
fn fulfil_apart(due: Vec<(u64, Duty)>) {
    match rayon::ThreadPoolBuilder::new().build() {
        Ok(pool) => pool.install(|| fulfil(due)),
        Err(_) => fulfil(due),
    }
}

fn fulfil(due: Vec<(u64, Duty)>) {
    // Children first: they write into what is to be removed.
    let children = due.iter().filter_map(|(_, duty)| match duty {
        Duty::Stop(pid, reach) => Some((*pid, *reach)),
        _ => None,
    });
    stop(&children.collect::<Vec<_>>());
    for (_, duty) in due.into_iter().rev() {
        match duty {
            Duty::Stop(..) => {}
            Duty::Remove(path) => remove_stubbornly(&path),
            Duty::Undo(undo) => undo_stubbornly(&undo),
        }
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;

    use super::*;

    /// A signal that came while trees were being unpacked once waited for the very threads that waited for it.
    #[test]
    fn duties_are_done_while_the_pool_waits_for_them() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("half-made");
        for inner in 0..8 {
            fs::create_dir_all(folder.join(inner.to_string()).join("deep")).unwrap();
        }
        let held = Mutex::new(());
        let (done, told) = mpsc::channel();
        let removed = rayon::in_place_scope(|scope| {
            let _duties = held.lock().unwrap();
            for _ in 0..rayon::current_num_threads() {
                scope.spawn(|_| drop(held.lock()));
            }
            let due = vec![(0, Duty::Remove(folder.clone()))];
            thread::spawn(move || {
                fulfil_apart(due);
                let _ = done.send(());
            });
            told.recv_timeout(Duration::from_secs(30))
        });
        assert_eq!((removed, folder.exists()), (Ok(()), false));
    }

    #[test]
    fn what_is_made_is_removed_from_its_first_moment_on() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("made");
        let registered = || {
            duties()
                .iter()
                .any(|(_, duty)| matches!(duty, Duty::Remove(due) if *due == path))
        };
        let failed = Cleanup::remove_made(|| Err::<(), _>("no room"), |()| Path::new(""));
        assert_eq!(failed.map(|_| ()).unwrap_err(), "no room");
        assert!(!registered());
        let (made, duty) = Cleanup::remove_made(|| fs::create_dir(&path).map(|()| path.clone()), |made| made).unwrap();
        assert!(made.exists() && registered());
        drop(duty);
        assert!(!registered());
    }
}
