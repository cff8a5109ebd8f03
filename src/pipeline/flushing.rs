//! Trees go to the disk while others are made.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::context::Context;

/// What has been made is flushed so often.
const INTERVAL: Duration = Duration::from_millis(500);

impl Context<'_> {
    /// Does some work, and flushes what it makes meanwhile: at the end of the run there is little left to wait for.
    pub(super) fn flushing_meanwhile<T>(&self, work: impl FnOnce() -> T) -> T {
        let (working, done) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while done.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    if let Err(error) = self.store.flush_trees() {
                        self.progress.detail(&error.to_string());
                    }
                }
            });
            let outcome = work();
            drop(working);
            outcome
        })
    }
}
