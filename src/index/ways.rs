//! The first request to a host goes alone: only when it is answered it is known whether others can share its connection.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use url::{Origin, Url};

/// The hosts that were asked in this run.
#[derive(Debug, Default)]
pub(super) struct Ways {
    hosts: Mutex<HashMap<Origin, Arc<Way>>>,
}

#[derive(Debug, Default)]
struct Way {
    is_known: AtomicBool,
    first: Mutex<()>,
}

impl Ways {
    /// Sends a request to `url`; while the first one to its host is under way, others wait.
    ///
    /// Otherwise each of them would open a connection of its own, of which HTTP/2 then needs one.
    pub(super) fn send<T>(&self, url: &Url, send: impl FnOnce() -> T) -> T {
        let way = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hosts.entry(url.origin()).or_default())
        };
        if way.is_known.load(Ordering::Acquire) {
            return send();
        }
        let first = way.first.lock().unwrap_or_else(PoisonError::into_inner);
        if way.is_known.load(Ordering::Acquire) {
            drop(first);
            return send();
        }
        let sent = send();
        way.is_known.store(true, Ordering::Release);
        sent
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_first_request_to_a_host_is_alone_and_all_others_are_not() {
        let (ways, url) = (Ways::default(), Url::parse("https://host/a").unwrap());
        let (answered, together) = (AtomicUsize::new(0), std::sync::Barrier::new(3));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    ways.send(&url, || {
                        if answered.load(Ordering::SeqCst) == 0 {
                            thread::sleep(Duration::from_millis(30));
                            assert_eq!(answered.fetch_add(1, Ordering::SeqCst), 0);
                        } else {
                            together.wait();
                        }
                    });
                });
            }
        });
    }
}
