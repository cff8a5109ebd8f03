//! Distributions that are made while the answer is still being looked for: wheels of pins, which will be needed unless nothing fits together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::obtain::{Bench, Workshop};
use super::seats::Seats;
use crate::index::Fetcher;
use crate::plan::Miss;
use crate::store::{DistributionRecord, Resolved};

/// Under way at the same time: pages and metadata are, too, and most of these wait for the network or a seat.
const UNDER_WAY: usize = 8;

/// What is made ahead. Whatever goes wrong with a distribution is left to whoever needs it and finds it missing.
pub(super) struct Ahead<'a> {
    workshop: Workshop<'a>,
    fetcher: Fetcher,
    fetched: AtomicU64,
    wheels: Mutex<HashMap<String, Wheel>>,
    changed: Condvar,
    /// Nobody needs any more.
    over: AtomicBool,
}

/// A wheel, by the URL that is recorded of it.
enum Wheel {
    /// With its size in bytes, where an index tells.
    Expected(Box<Resolved>, Option<u64>),
    UnderWay,
    Made(Box<DistributionRecord>),
    /// It could not be made, or somebody has it already.
    Gone,
}

impl<'a> Ahead<'a> {
    /// Nothing is begun before it is expected.
    pub(super) fn new(workshop: Workshop<'a>) -> Self {
        Self {
            // Whoever needs the wheel has the patience.
            fetcher: workshop.context.fetcher_with(workshop.search, Some(0)),
            workshop,
            fetched: AtomicU64::new(0),
            wheels: Mutex::default(),
            changed: Condvar::new(),
            over: AtomicBool::new(false),
        }
    }

    /// Makes what is expected while `work` is done; with that, what is not begun is given up.
    pub(super) fn beside<T>(&self, work: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            for _ in 0..UNDER_WAY {
                scope.spawn(|| self.run());
            }
            // However the work ends, the threads do.
            let _end = End(self);
            work()
        })
    }

    /// A wheel will probably be needed that is not in the store; `size` in bytes.
    pub(super) fn expect(&self, wheel: Resolved, size: Option<u64>) {
        let mut wheels = self.wheels();
        wheels.entry(wheel.artifact.url.clone()).or_insert_with(|| {
            self.changed.notify_all();
            Wheel::Expected(Box::new(wheel), size)
        });
    }

    /// Whether the wheel at a URL was expected.
    pub(super) fn expected(&self, url: &str) -> bool {
        self.wheels().contains_key(url)
    }

    /// What the wheel at a URL became, as soon as that is known if it is under way. What is not begun is the caller's.
    pub(super) fn take(&self, url: &str) -> Option<DistributionRecord> {
        let mut wheels = self.wheels();
        while matches!(wheels.get(url), Some(Wheel::UnderWay)) {
            wheels = self.changed.wait(wheels).unwrap_or_else(PoisonError::into_inner);
        }
        match wheels.insert(url.to_owned(), Wheel::Gone)? {
            Wheel::Made(record) => Some(*record),
            Wheel::Expected(..) | Wheel::UnderWay | Wheel::Gone => None,
        }
    }

    /// Bytes fetched.
    pub(super) fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    fn run(&self) {
        let bench = Bench {
            workshop: &self.workshop,
            fetcher: &self.fetcher,
            fetched: &self.fetched,
            lines: &Seats::new(1),
            yards: &Seats::new(1),
            stop: &self.over,
        };
        while let Some(resolved) = self.next() {
            let made = bench.make(&resolved, Miss::Fetch);
            let wheel = made.map_or(Wheel::Gone, |record| Wheel::Made(Box::new(record)));
            self.wheels().insert(resolved.artifact.url, wheel);
            self.changed.notify_all();
        }
    }

    /// What is begun next: the largest, which takes longest.
    fn next(&self) -> Option<Resolved> {
        let mut wheels = self.wheels();
        while !self.over.load(Ordering::Relaxed) {
            let expected = wheels.iter().filter_map(|(url, wheel)| match wheel {
                Wheel::Expected(_, size) => Some((*size, url)),
                Wheel::UnderWay | Wheel::Made(_) | Wheel::Gone => None,
            });
            if let Some(url) = expected.max().map(|(_, url)| url.clone())
                && let Some(Wheel::Expected(resolved, _)) = wheels.insert(url, Wheel::UnderWay)
            {
                return Some(*resolved);
            }
            wheels = self.changed.wait(wheels).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn wheels(&self) -> MutexGuard<'_, HashMap<String, Wheel>> {
        self.wheels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct End<'a>(&'a Ahead<'a>);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let _wheels = self.0.wheels();
        self.0.over.store(true, Ordering::Relaxed);
        self.0.changed.notify_all();
    }
}
