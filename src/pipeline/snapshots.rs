//! Snapshots of sets of distributions, from the store or composed anew.

use std::path::PathBuf;

use super::context::Context;
use super::error::PipelineError;
use crate::environment::snapshot::{Member, Snapshot, compose, encode};
use crate::environment::{AssembleError, Assembled, Assembly, InTheWay, assemble};
use crate::key::SnapshotKey;
use crate::resolve::ResolveError;
use crate::store::StoreError;

/// A tree is made again at most this often before somebody else must be changing it.
const HEALINGS: usize = 3;

impl Context<'_> {
    /// Composes a snapshot for this run alone.
    ///
    /// # Errors
    /// When distributions are in each other's way as only pip can resolve.
    pub(super) fn compose(&self, members: &[Member]) -> Result<Snapshot, PipelineError> {
        decoded(self.composed(members)?.1)
    }

    /// Composes a snapshot and keeps it in the store, if the store can be written.
    ///
    /// # Errors
    /// As [`Context::compose`].
    pub(super) fn keep_snapshot(&self, members: &[Member]) -> Result<Snapshot, PipelineError> {
        let (key, bytes) = self.composed(members)?;
        if let Err(error) = self.store.put_snapshot(key, &bytes) {
            self.progress.warn(&format!("{error}; the next run has to compose it again"));
        }
        decoded(bytes)
    }

    fn composed(&self, members: &[Member]) -> Result<(SnapshotKey, Vec<u8>), PipelineError> {
        let composed = compose(members, &self.facts.scheme).map_err(|conflict| ResolveError::Beyond(conflict.to_string()))?;
        let key = composed.header.key;
        let bytes = encode(&composed).map_err(|source| StoreError::Record {
            path: self.store.home().snapshot(key),
            source,
        })?;
        Ok((key, bytes))
    }

    /// The trees of a snapshot; missing ones are unpacked from their archives.
    ///
    /// # Errors
    /// When an archive is missing or damaged.
    pub(super) fn trees(&self, snapshot: &Snapshot) -> Result<Vec<PathBuf>, PipelineError> {
        use rayon::prelude::*;
        let distributions = &snapshot.header.distributions;
        let known: Option<Vec<PathBuf>> = distributions
            .iter()
            .map(|distribution| self.store.tree(distribution.content))
            .collect();
        if let Some(trees) = known {
            return Ok(trees);
        }
        let trees = distributions
            .par_iter()
            .map(|one| self.store.ensure_tree(&one.preimage, one.distribution, one.content));
        Ok(trees.collect::<Result<_, _>>()?)
    }

    /// Assembles a snapshot into `target`; a tree that was changed is quarantined, made again from its archive, and reported.
    ///
    /// # Errors
    /// When the target cannot be written, or a tree cannot be made again.
    pub(super) fn assemble(
        &self,
        snapshot: &Snapshot,
        target: &std::path::Path,
        python: &std::path::Path,
    ) -> Result<Assembled, PipelineError> {
        self.healing(snapshot, &|trees| {
            assemble(&Assembly {
                snapshot,
                trees,
                target,
                python,
                mode: self.settings.link_mode,
                in_the_way: InTheWay::Replaced,
            })
        })
    }

    /// Does something with the trees of a snapshot; whenever one turns out to be changed, it is made again and all is tried once more.
    ///
    /// # Errors
    /// Those of `work`, or when a tree cannot be made again.
    pub(super) fn healing<T, E>(&self, snapshot: &Snapshot, work: &dyn Fn(&[PathBuf]) -> Result<T, E>) -> Result<T, PipelineError>
    where
        E: Into<PipelineError>,
    {
        let mut unstable = String::new();
        for _ in 0..HEALINGS * snapshot.header.distributions.len().max(1) {
            let trees = self.trees(snapshot)?;
            match work(&trees).map_err(Into::into) {
                Ok(done) => return Ok(done),
                Err(PipelineError::Assemble(AssembleError::Changed {
                    distribution,
                    path,
                    change,
                })) => {
                    let culprit = &snapshot.header.distributions[distribution];
                    self.progress.warn(&format!(
                        "{} was changed in the store ({change}); {} is made again from its archive",
                        path.display(),
                        culprit.name
                    ));
                    self.store.quarantine(culprit.content)?;
                    unstable.clone_from(&culprit.name);
                }
                Err(error) => return Err(error),
            }
        }
        Err(PipelineError::Unstable { project: unstable })
    }
}

fn decoded(bytes: Vec<u8>) -> Result<Snapshot, PipelineError> {
    Snapshot::decode(bytes).map_err(|damage| ResolveError::Beyond(damage.to_string()).into())
}
