//! Snapshots of sets of distributions, from the store or composed anew.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::PipelineError;
use super::healing::Trees;
use crate::environment::snapshot::{Composed, Member, Snapshot, compose, encode};
use crate::environment::{Assembled, Assembly, InTheWay, assemble};
use crate::resolve::ResolveError;
use crate::store::StoreError;

impl Context<'_> {
    /// Composes a snapshot for this run alone.
    ///
    /// # Errors
    /// When distributions are in each other's way as only pip can resolve.
    pub(super) fn compose(&self, members: &[Member]) -> Result<Snapshot, PipelineError> {
        decoded(self.encoded(&self.composed(members)?)?)
    }

    /// Composes a snapshot and keeps it in the store, if the store can be written.
    ///
    /// # Errors
    /// As [`Context::compose`].
    pub(super) fn keep_snapshot(&self, members: &[Member]) -> Result<Snapshot, PipelineError> {
        let composed = self.composed(members)?;
        let whole = self.encoded(&composed)?;
        let snapshot = decoded(whole.clone())?;
        let excerpt = self.encoded(&composed.excerpt(snapshot.header.manifest))?;
        let key = composed.header.key;
        if self.store.snapshot(key).is_some_and(|there| Snapshot::is_newer(&there)) {
            // A newer version's, which it will want to find.
            return Ok(snapshot);
        }
        if let Err(error) = self.store.put_snapshot(key, &whole, &excerpt) {
            self.progress.warn(&format!("{error}; the next run has to compose it again"));
        }
        Ok(snapshot)
    }

    fn composed(&self, members: &[Member]) -> Result<Composed, PipelineError> {
        Ok(compose(members, &self.facts.scheme).map_err(|conflict| ResolveError::Beyond(conflict.to_string()))?)
    }

    fn encoded(&self, composed: &Composed) -> Result<Vec<u8>, PipelineError> {
        let bytes = encode(composed).map_err(|source| StoreError::Record {
            path: self.store.home().snapshot(composed.header.key),
            source,
        });
        Ok(bytes?)
    }

    /// The store's trees, looked at as the user wants.
    pub(super) fn trees(&self) -> Trees<'_> {
        Trees {
            store: self.store,
            progress: self.progress,
            verify: self.settings.verify,
            mode: self.settings.form.link_mode(),
        }
    }

    /// Whose a damaged entry is to repair, as the end of a warning.
    pub(super) fn whose(&self, path: Option<&Path>) -> String {
        self.trees().whose(path)
    }

    /// How a snapshot over its trees gets into an environment, whose interpreter is named by its final path.
    pub(super) fn assembly<'a>(
        &self,
        (snapshot, trees): (&'a Snapshot, &'a [PathBuf]),
        (target, python): (&'a Path, &'a Path),
        in_the_way: InTheWay,
    ) -> Assembly<'a> {
        Assembly {
            snapshot,
            trees,
            target,
            python,
            mode: self.settings.form.link_mode(),
            verify: self.settings.verify,
            in_the_way,
        }
    }

    /// Assembles a snapshot into `target`; a tree that was changed is quarantined, made again from its archive, and reported.
    ///
    /// # Errors
    /// When the target cannot be written, or a tree cannot be made again.
    pub(super) fn assemble(&self, snapshot: &Snapshot, target: &Path, python: &Path) -> Result<Assembled, PipelineError> {
        self.trees().healing(snapshot, &|trees| {
            assemble(&self.assembly((snapshot, trees), (target, python), InTheWay::Replaced))
        })
    }
}

fn decoded(bytes: Vec<u8>) -> Result<Snapshot, PipelineError> {
    Snapshot::decode(bytes).map_err(|damage| ResolveError::Beyond(damage.to_string()).into())
}
