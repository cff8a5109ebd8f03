//! The pip of a run: what answers depend on is known of it at once, while its distribution may still have to be made.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::error::PipelineError;
use crate::store::{PipRecord, Staging};

/// The pip of a run; copies of it are one and the same.
#[derive(Debug, Clone)]
pub struct ProvidedPip(Arc<Files>);

#[derive(Debug)]
enum Files {
    /// In the store.
    Kept(PipRecord),
    /// To be taken into it.
    Wheel {
        wheel: PipWheel,
        /// Of whoever makes it, while others wait; and what is removed then.
        turn: Mutex<Option<Staging>>,
        made: OnceLock<PipRecord>,
    },
}

/// A pip that is still in its wheel.
#[derive(Debug)]
pub(super) struct PipWheel {
    /// Its version, as the name of the file says.
    pub(super) version: String,
    /// The file.
    pub(super) path: PathBuf,
    /// When an index was asked for it, in seconds since 1970; never, when it is the interpreter's bundled one.
    pub(super) asked: Option<u64>,
}

impl ProvidedPip {
    /// One that will be made of its wheel, which is in `staging` unless it is the interpreter's.
    pub(super) fn of_wheel(wheel: PipWheel, staging: Staging) -> Self {
        Self(Arc::new(Files::Wheel {
            wheel,
            turn: Mutex::new(Some(staging)),
            made: OnceLock::new(),
        }))
    }

    /// Its version.
    pub(super) fn version(&self) -> &str {
        match &*self.0 {
            Files::Kept(record) => &record.version,
            Files::Wheel { wheel, .. } => &wheel.version,
        }
    }

    /// Its record, if it is in the store already.
    pub(super) fn made(&self) -> Option<&PipRecord> {
        match &*self.0 {
            Files::Kept(record) => Some(record),
            Files::Wheel { made, .. } => made.get(),
        }
    }

    /// Its wheel, which is there until it is made, if it was not in the store when the run began.
    pub(super) fn wheel(&self) -> Option<&PipWheel> {
        match &*self.0 {
            Files::Kept(_) => None,
            Files::Wheel { wheel, .. } => Some(wheel),
        }
    }

    /// Its record, once it is in the store: whoever asks first has it made, others wait. Where that failed, the next one tries again.
    ///
    /// # Errors
    /// Those of `make`.
    pub(super) fn made_by(
        &self,
        make: impl FnOnce(&PipWheel) -> Result<PipRecord, PipelineError>,
    ) -> Result<&PipRecord, PipelineError> {
        match &*self.0 {
            Files::Kept(record) => Ok(record),
            Files::Wheel { wheel, turn, made } => {
                let mut staging = turn.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(record) = made.get() {
                    return Ok(record);
                }
                let record = made.get_or_init({
                    let record = make(wheel)?;
                    || record
                });
                *staging = None;
                Ok(record)
            }
        }
    }
}

impl From<PipRecord> for ProvidedPip {
    fn from(record: PipRecord) -> Self {
        Self(Arc::new(Files::Kept(record)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::store::testing::{Draft, Shelf};

    /// A pip in a wheel, the record that it will have, and the folder that is gone then.
    fn unmade(shelf: &Shelf) -> (ProvidedPip, PipRecord, PathBuf) {
        let staging = shelf.store.staging().unwrap();
        let folder = staging.path().to_owned();
        let wheel = PipWheel {
            version: "26.3".to_owned(),
            path: folder.join("pip-26.3-py3-none-any.whl"),
            asked: Some(7),
        };
        let made = shelf.put("pip", &Draft::default());
        let record = PipRecord {
            version: "26.3".to_owned(),
            distribution: made.key,
            preimage: made.preimage,
            content: made.content,
            asked: Some(7),
        };
        (ProvidedPip::of_wheel(wheel, staging), record, folder)
    }

    #[test]
    fn it_is_made_once_for_all_who_wait() {
        let shelf = Shelf::new();
        let (pip, record, folder) = unmade(&shelf);
        assert!(pip.version() == "26.3" && pip.made().is_none() && folder.exists());
        let made = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let pip = pip.clone();
                    let got = pip.made_by(|_| {
                        thread::sleep(Duration::from_millis(20));
                        made.fetch_add(1, Ordering::Relaxed);
                        Ok(record.clone())
                    });
                    assert_eq!(*got.unwrap(), record);
                });
            }
        });
        assert_eq!((made.into_inner(), pip.made()), (1, Some(&record)));
        assert!(!folder.exists(), "the wheel is not needed any more");
    }

    #[test]
    fn where_making_it_failed_the_next_one_tries_again() {
        let shelf = Shelf::new();
        let (pip, record, folder) = unmade(&shelf);
        assert!(pip.made_by(|_| Err(PipelineError::PipFailed(3))).is_err());
        assert!(pip.made().is_none() && folder.exists());
        assert_eq!(*pip.made_by(|_| Ok(record.clone())).unwrap(), record);
    }
}
