//! A sign of life where nothing else is shown: many servers end jobs that say nothing.

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use super::summary::duration;

/// What is being done.
#[derive(Debug)]
pub(super) struct Latest {
    /// In words.
    pub(super) step: String,
    /// When something was last said.
    pub(super) said: Instant,
}

/// Says what is being waited for whenever nothing was said for a while; dropping it ends that.
#[derive(Debug)]
pub struct Heartbeat {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    pub(super) fn start(latest: &Arc<Mutex<Latest>>, silence: Duration) -> Self {
        let (stop, stopped) = channel::<()>();
        let latest = Arc::clone(latest);
        let began = Instant::now();
        let thread = spawn(move || {
            let mut wait = silence;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let mut latest = locked(&latest);
                let quiet = latest.said.elapsed();
                if quiet >= silence {
                    // Nobody is left to be told when standard error is gone.
                    let _ = writeln!(
                        anstream::stderr(),
                        "still {} ({})",
                        words(&latest.step),
                        duration(began.elapsed())
                    );
                    latest.said = Instant::now();
                    wait = silence;
                } else {
                    wait = silence.saturating_sub(quiet);
                }
            }
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It only speaks.
            let _ = thread.join();
        }
    }
}

fn words(step: &str) -> &str {
    if step.is_empty() { "at work" } else { step }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
