//! Snapshots of sets of distributions, from the store or composed anew.

use std::path::PathBuf;

use rayon::prelude::*;

use super::context::Context;
use super::error::PipelineError;
use crate::environment::snapshot::{Composed, Member, Snapshot, compose, encode};
use crate::environment::{AssembleError, Assembled, Assembly, Change, Finding, InTheWay, assemble, inspect};
use crate::fs::Verify;
use crate::resolve::ResolveError;
use crate::store::StoreError;

/// A snapshot's trees are made again at most this often before somebody else must be changing them.
const HEALINGS: usize = 3;

/// Changed trees that are named; the others are counted.
const TOLD: usize = 5;

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
        let (whole, excerpt) = (self.encoded(&composed)?, self.encoded(&composed.excerpt())?);
        if let Err(error) = self.store.put_snapshot(composed.header.key, &whole, &excerpt) {
            self.progress.warn(&format!("{error}; the next run has to compose it again"));
        }
        decoded(whole)
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

    /// The trees of a snapshot; missing ones are unpacked from their archives. Those that it takes nothing from are an empty path.
    ///
    /// # Errors
    /// When an archive is missing or damaged.
    pub(super) fn trees(&self, snapshot: &Snapshot) -> Result<Vec<PathBuf>, PipelineError> {
        let taken_from = snapshot.contributors();
        let wanted = || snapshot.header.distributions.iter().zip(&taken_from);
        let known: Option<Vec<PathBuf>> = wanted()
            .map(|(one, taken_from)| match taken_from {
                true => self.store.tree(one.content),
                false => Some(PathBuf::new()),
            })
            .collect();
        if let Some(trees) = known {
            return Ok(trees);
        }
        let wanted: Vec<_> = wanted().collect();
        let trees = wanted.into_par_iter().map(|(one, taken_from)| match taken_from {
            true => self.store.ensure_tree(&one.preimage, one.distribution, one.content),
            false => Ok(PathBuf::new()),
        });
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
                mode: self.settings.form.link_mode(),
                verify: self.settings.verify,
                in_the_way: InTheWay::Replaced,
            })
        })
    }

    /// Does something with the trees of a snapshot; whenever some turn out to be changed, they are made again and all is tried once more.
    ///
    /// # Errors
    /// Those of `work`, or when a tree cannot be made again.
    pub(super) fn healing<T, E>(&self, snapshot: &Snapshot, work: &dyn Fn(&[PathBuf]) -> Result<T, E>) -> Result<T, PipelineError>
    where
        E: Into<PipelineError>,
    {
        if self.settings.verify == Verify::Full {
            self.set_aside(snapshot, self.altered(snapshot))?;
        }
        self.attempts(snapshot, work)
    }

    /// The same with trees whose content was looked at already, or need not be.
    ///
    /// # Errors
    /// As [`Context::healing`].
    pub(super) fn attempts<T, E>(
        &self,
        snapshot: &Snapshot,
        work: &dyn Fn(&[PathBuf]) -> Result<T, E>,
    ) -> Result<T, PipelineError>
    where
        E: Into<PipelineError>,
    {
        let mut unstable = String::new();
        for _ in 0..HEALINGS {
            let trees = self.trees(snapshot)?;
            match work(&trees).map_err(Into::into) {
                Ok(done) => return Ok(done),
                Err(PipelineError::Assemble(AssembleError::Changed {
                    distribution,
                    path,
                    change,
                })) => {
                    unstable.clone_from(&snapshot.header.distributions[distribution].name);
                    // Where one was changed, others were, too: a `chmod -R` in an environment reaches all of its trees.
                    let mut findings = inspect(snapshot, &trees);
                    if findings.iter().all(|finding| finding.distribution != distribution) {
                        findings.push(Finding {
                            distribution,
                            path,
                            change,
                        });
                    }
                    self.set_aside(snapshot, findings)?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(PipelineError::Unstable { project: unstable })
    }

    /// Trees whose content is not what it was.
    pub(super) fn altered(&self, snapshot: &Snapshot) -> Vec<Finding> {
        let distributions = snapshot.header.distributions.par_iter().enumerate();
        distributions
            .filter_map(|(distribution, one)| {
                let path = self.store.altered(&one.preimage, one.distribution, one.content)?;
                Some(Finding {
                    distribution,
                    path,
                    change: Change::Content,
                })
            })
            .collect()
    }

    /// Takes changed trees out of use and tells so.
    pub(super) fn set_aside(&self, snapshot: &Snapshot, findings: Vec<Finding>) -> Result<(), PipelineError> {
        let more = findings.len().saturating_sub(TOLD);
        for (number, finding) in findings.into_iter().enumerate() {
            let culprit = &snapshot.header.distributions[finding.distribution];
            if number < TOLD {
                self.progress.warn(&format!(
                    "{} was changed in the store ({}); {} is made again from its archive",
                    finding.path.display(),
                    finding.change,
                    culprit.name
                ));
            }
            self.store.quarantine(culprit.content)?;
        }
        if more > 0 {
            let files = if more == 1 { "distribution was" } else { "distributions were" };
            self.progress.warn(&format!(
                "{more} more {files} changed in the store and made again (chmod -R or chown -R in an environment reaches it; --link-mode clone or copy keeps apart)"
            ));
        }
        Ok(())
    }
}

fn decoded(bytes: Vec<u8>) -> Result<Snapshot, PipelineError> {
    Snapshot::decode(bytes).map_err(|damage| ResolveError::Beyond(damage.to_string()).into())
}
