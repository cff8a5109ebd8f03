//! Going on when the store cannot be written any more: it is full, read-only, or not ours to write.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;

use super::context::Context;
use super::error::PipelineError;
use crate::build::BuildError;
use crate::environment::AssembleError;
use crate::index::FetchError;

impl Context<'_> {
    /// Does something; if the store turns out to be one that cannot be written, once more with a temporary store above it. What the store has
    /// taken by then is used.
    ///
    /// # Errors
    /// Those of `work`.
    pub(super) fn past_full_store<T>(&self, work: impl Fn() -> Result<T, PipelineError>) -> Result<T, PipelineError> {
        let error = match work() {
            Err(error) if !self.store.is_temporary() && is_of_store(&error, self.store.home().root()) => error,
            other => return other,
        };
        // Where there is no room for another store either, that is not what has to be mended.
        if self.store.continue_in(&self.world.temporary, self.world.now).is_err() {
            return Err(error);
        }
        self.progress
            .warn(&format!("{}; what is new is not kept in the store", with_cause(&error)));
        work()
    }
}

/// Whether an error is one of writing the store, and not of what is made of it.
fn is_of_store(error: &PipelineError, store: &Path) -> bool {
    match error {
        PipelineError::Fs(error) => error.path.starts_with(store) && is_unwritable(&error.source),
        PipelineError::Assemble(AssembleError::Io { path, source, .. }) => path.starts_with(store) && is_unwritable(source),
        PipelineError::Store(_)
        | PipelineError::Build(BuildError::Store(_) | BuildError::Fs(_) | BuildError::Wheel(_) | BuildError::Bytecode(_))
        | PipelineError::Fetch(FetchError::Write { .. }) => unwritable_cause(error).is_some(),
        PipelineError::BuildRequirements { source, .. } => is_of_store(source, store),
        _ => false,
    }
}

/// The words of an error; not all of them name the cause.
fn with_cause(error: &PipelineError) -> String {
    let text = error.to_string();
    match unwritable_cause(error).map(io::Error::to_string) {
        Some(cause) if !text.contains(&cause) => format!("{text}: {cause}"),
        _ => text,
    }
}

fn unwritable_cause(error: &PipelineError) -> Option<&io::Error> {
    let causes = std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source());
    let mut reasons = causes.filter_map(|cause| {
        let shared = cause.downcast_ref::<Arc<io::Error>>().map(AsRef::as_ref);
        cause.downcast_ref::<io::Error>().or(shared)
    });
    reasons.find(|reason| is_unwritable(reason))
}

/// Whether another place would do.
fn is_unwritable(reason: &io::Error) -> bool {
    let errno = Errno::from_io_error(reason);
    let meant = [
        Errno::NOSPC,
        Errno::DQUOT,
        Errno::ROFS,
        Errno::ACCESS,
        Errno::PERM,
        Errno::IO,
        Errno::STALE,
    ];
    // Temporary files and folders are made by a crate that wraps what the system says, and keeps its kind only.
    let kind = matches!(
        reason.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::StaleNetworkFileHandle
    );
    kind || errno.is_some_and(|errno| meant.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Context as _;
    use crate::store::StoreError;

    fn failed(errno: Errno, path: &str) -> crate::fs::FsError {
        Err::<(), _>(errno).context("write", Path::new(path)).unwrap_err()
    }

    #[test]
    fn what_concerns_the_store_is_told_from_what_does_not() {
        let store = Path::new("/store");
        let full = |path: &str| failed(Errno::NOSPC, path);
        // As a folder with a random name is refused.
        let wrapped = |path: &str| {
            let refused = Err::<(), _>(io::Error::new(io::ErrorKind::StorageFull, "no room at path \"x\""));
            refused.context("create a temporary folder in", Path::new(path)).unwrap_err()
        };
        let assembled = |path: &str| AssembleError::Io {
            action: "create",
            path: path.into(),
            source: Errno::NOSPC.into(),
        };
        for (error, concerned) in [
            (StoreError::Fs(full("/store/v1/tmp/a")).into(), true),
            (StoreError::Fs(failed(Errno::NOENT, "/store/v1")).into(), false),
            (full("/store/v1/tmp/a").into(), true),
            (full("/work/venv").into(), false),
            (wrapped("/store/v1/tmp").into(), true),
            (assembled("/store/v1/tmp/a").into(), true),
            (assembled("/work/venv/a").into(), false),
            (BuildError::Fs(full("/store/v1/tmp/a")).into(), true),
            (
                FetchError::Write {
                    path: "/store/v1/tmp/a".into(),
                    source: Arc::new(Errno::DQUOT.into()),
                }
                .into(),
                true,
            ),
            (PipelineError::PipFailed(1), false),
        ] {
            let error: PipelineError = error;
            assert_eq!(is_of_store(&error, store), concerned, "{error}");
        }
    }

    #[test]
    fn the_cause_is_named_once() {
        let fetched = PipelineError::from(FetchError::Write {
            path: "/store/v1/tmp/a".into(),
            source: Arc::new(Errno::NOSPC.into()),
        });
        for error in [fetched, failed(Errno::NOSPC, "/store").into()] {
            assert_eq!(with_cause(&error).matches("No space left").count(), 1, "{error}");
        }
    }
}
