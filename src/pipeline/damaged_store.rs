//! Going on when entries of the store turn out to be damaged, or vanish while they are used.

use std::io;
use std::path::Path;

use super::context::Context;
use super::error::PipelineError;
use crate::build::{BuildError, SourceError};
use crate::environment::AssembleError;

impl Context<'_> {
    /// Does something; if the store turns out to be damaged, once more. If it still is then, somebody keeps taking away what is used: the rest
    /// is done without that store.
    ///
    /// # Errors
    /// Those of `work`.
    pub(super) fn past_damage<T>(&self, work: impl Fn() -> Result<T, PipelineError>) -> Result<T, PipelineError> {
        let outcome = self.past_damage_untold(&work);
        self.tell_damages();
        outcome
    }

    fn past_damage_untold<T>(&self, work: &impl Fn() -> Result<T, PipelineError>) -> Result<T, PipelineError> {
        let root = self.store.lasting().root();
        let damage = match work() {
            Err(error) if is_damage(&error, root) => error,
            other => return other,
        };
        let path = match &damage {
            PipelineError::Store(error) => error.path(),
            _ => None,
        };
        self.tell_damages();
        self.progress.warn(&format!("{damage}; it is made anew{}", self.whose(path)));
        // It is out of use now, and was it to be found: the second time it is a miss.
        match work() {
            Err(error)
                if is_damage(&error, root)
                    && !self.store.is_temporary()
                    && self.store.go_on_without(&self.world.temporary, self.world.now).is_ok() =>
            {
                self.progress.warn(&format!(
                    "{error}; the store is not used any more in this run: somebody keeps removing what is in it"
                ));
                work()
            }
            other => other,
        }
    }
}

/// Whether something of the store is missing, or not what it should be.
fn is_damage(error: &PipelineError, store: &Path) -> bool {
    let vanished = |path: &Path, reason: &io::Error| path.starts_with(store) && reason.kind() == io::ErrorKind::NotFound;
    match error {
        PipelineError::Store(error) | PipelineError::Build(BuildError::Store(error)) if error.is_damage() => true,
        PipelineError::Store(crate::store::StoreError::Fs(error))
        | PipelineError::Build(BuildError::Fs(error))
        | PipelineError::Fs(error) => vanished(&error.path, &error.source),
        PipelineError::Assemble(AssembleError::Io { path, source, .. })
        | PipelineError::Build(BuildError::Source(SourceError::Io { path, source, .. })) => vanished(path, source),
        PipelineError::BuildRequirements { source, .. } => is_damage(source, store),
        PipelineError::Unstable { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Context as _;
    use crate::store::StoreError;

    #[test]
    fn what_vanished_from_the_store_is_told_from_what_never_was_in_it() {
        let store = Path::new("/store");
        let gone = |path: &str| {
            let reason: io::Error = io::ErrorKind::NotFound.into();
            Err::<(), _>(reason).context("open", Path::new(path)).unwrap_err()
        };
        let missing = || StoreError::Missing { path: "/store/a".into() };
        let sdist = |path: &str| {
            BuildError::Source(SourceError::Io {
                action: "open",
                path: path.into(),
                source: io::ErrorKind::NotFound.into(),
            })
        };
        for (error, damaged) in [
            (PipelineError::Store(missing()), true),
            (BuildError::Store(missing()).into(), true),
            (StoreError::Fs(gone("/store/v1/trees/a")).into(), true),
            (gone("/store/v1/trees/a").into(), true),
            (gone("/work/requirements.txt").into(), false),
            // It was once pruned between being kept and being built, with no grace at all.
            (sdist("/store/v1/sources/ab/abc/built-1.0.tar.gz").into(), true),
            (sdist("/work/built-1.0.tar.gz").into(), false),
            (
                PipelineError::Unstable {
                    project: "demo".to_owned(),
                },
                true,
            ),
            (PipelineError::PipFailed(1), false),
        ] {
            assert_eq!(is_damage(&error, store), damaged, "{error}");
        }
    }
}
