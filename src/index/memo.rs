//! Things that are found out once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Values by key, each found out by whoever asks first; others who want the same wait for it.
#[derive(Debug)]
pub struct Memo<K, V> {
    cells: Mutex<HashMap<K, Arc<OnceLock<V>>>>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self {
            cells: Mutex::new(HashMap::new()),
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Memo<K, V> {
    /// The value of a key, found out by `find` if nobody has yet.
    pub fn get(&self, key: &K, find: impl FnOnce() -> V) -> V {
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key.clone()).or_default())
        };
        cell.get_or_init(find).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn whoever_asks_first_finds_out_for_all() {
        let (memo, asked) = (Memo::default(), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let value = memo.get(&"key", || {
                        thread::sleep(std::time::Duration::from_millis(20));
                        asked.fetch_add(1, Ordering::Relaxed) + 41
                    });
                    assert_eq!(value, 41);
                });
            }
        });
        assert_eq!(asked.into_inner(), 1);
    }
}
