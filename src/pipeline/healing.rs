//! Trees in use: unpacked where they are missing, made again where they turn out to be changed.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::PipelineError;
use crate::environment::snapshot::{HeaderDistribution, Snapshot};
use crate::environment::{AssembleError, Change, Finding, inspect};
use crate::fs::{LinkMode, Verify};
use crate::key::{ContentKey, DistributionPreimage};
use crate::report::Progress;
use crate::resolve::ResolveError;
use crate::store::{Store, StoreError, Wholeness};

/// A snapshot's trees are made again at most this often before somebody else must be changing them.
const HEALINGS: usize = 3;

/// Changed trees that are named; the others are counted.
const TOLD: usize = 5;

/// The trees of a store, as somebody uses them.
#[derive(Clone, Copy)]
pub(super) struct Trees<'a> {
    pub(super) store: &'a Store,
    pub(super) progress: &'a dyn Progress,
    /// How closely they are looked at.
    pub(super) verify: Verify,
    /// How their files get where they are used.
    pub(super) mode: LinkMode,
}

impl Trees<'_> {
    /// The trees of a snapshot; missing ones are unpacked from their archives, and so are those of others that cannot be linked to. Those that
    /// it takes nothing from are an empty path.
    ///
    /// # Errors
    /// When an archive is missing or damaged.
    pub(super) fn of(&self, snapshot: &Snapshot) -> Result<Vec<PathBuf>, PipelineError> {
        let taken_from = snapshot.contributors();
        let wanted = || snapshot.header.distributions.iter().zip(&taken_from);
        let mut doubtful = Vec::new();
        let found = wanted().enumerate().map(|(number, (one, taken_from))| match taken_from {
            true => self.store.found_tree(one.content).map(|tree| {
                if tree.wholeness == Wholeness::Doubtful {
                    doubtful.push(number);
                }
                tree.path
            }),
            false => Some(PathBuf::new()),
        });
        let found: Vec<Option<PathBuf>> = found.collect();
        let torn = !doubtful.is_empty() && self.verify != Verify::None && self.are_torn(snapshot, &doubtful)?;
        let usable = |tree: Option<PathBuf>| tree.filter(|tree| !self.cannot_link(tree));
        if !torn && let Some(trees) = found.into_iter().map(usable).collect::<Option<Vec<_>>>() {
            return Ok(trees);
        }
        let preimages = snapshot
            .preimages()
            .map_err(|damage| ResolveError::Beyond(damage.to_string()))?;
        let wanted: Vec<_> = wanted().zip(&preimages).collect();
        let trees = wanted.into_par_iter().map(|((one, taken_from), preimage)| match taken_from {
            true => self.tree(preimage, one),
            false => Ok(PathBuf::new()),
        });
        Ok(trees.collect::<Result<_, _>>()?)
    }

    /// Whether files of this tree would all be copied, while an own one could be linked to.
    fn cannot_link(&self, tree: &Path) -> bool {
        self.mode == LinkMode::Hardlink && self.store.needs_own(tree)
    }

    fn tree(&self, preimage: &DistributionPreimage, one: &HeaderDistribution) -> Result<PathBuf, StoreError> {
        let shared = self.store.ensure_tree(preimage, one.distribution, one.content)?;
        if !self.cannot_link(&shared) {
            return Ok(shared);
        }
        // What cannot be made is copied.
        let own = self.store.own_tree(preimage, one.distribution, one.content);
        Ok(own.ok().flatten().unwrap_or(shared))
    }

    /// Whose a damaged entry is to repair, as the end of a warning.
    pub(super) fn whose(&self, path: Option<&Path>) -> String {
        let keeper = path.and_then(|path| self.store.keeper_of(path));
        keeper.map_or_else(String::new, |(store, owner)| {
            format!(
                "; {owner} should repair the store {} (snapenv cache verify --repair)",
                store.display()
            )
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
        if self.verify == Verify::Full {
            self.set_aside(snapshot, self.altered(snapshot))?;
        }
        self.attempts(snapshot, work)
    }

    /// The same with trees whose content was looked at already, or need not be.
    ///
    /// # Errors
    /// As [`healing`](Self::healing).
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
            let trees = self.of(snapshot)?;
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

    /// Whether a power cut has torn some of these trees, which are taken out of use then; whole ones are noted as such.
    fn are_torn(&self, snapshot: &Snapshot, doubtful: &[usize]) -> Result<bool, PipelineError> {
        let torn = self.altered_among(snapshot, |number| doubtful.contains(&number));
        for number in doubtful {
            if torn.iter().all(|finding| finding.distribution != *number) {
                self.store.note_durable(snapshot.header.distributions[*number].content);
            }
        }
        let some = !torn.is_empty();
        self.set_aside(snapshot, torn)?;
        Ok(some)
    }

    /// Trees whose content is not what it was.
    pub(super) fn altered(&self, snapshot: &Snapshot) -> Vec<Finding> {
        self.altered_among(snapshot, |_| true)
    }

    fn altered_among(&self, snapshot: &Snapshot, wanted: impl Fn(usize) -> bool + Sync) -> Vec<Finding> {
        // Without them, archives cannot be found: then trees cannot be made again either.
        let preimages = snapshot.preimages().unwrap_or_default();
        let distributions = snapshot.header.distributions.par_iter().zip(&preimages).enumerate();
        distributions
            .filter(|(distribution, _)| wanted(*distribution))
            .filter_map(|(distribution, (one, preimage))| {
                let path = self.store.altered(preimage, one.distribution, one.content)?;
                Some(Finding {
                    distribution,
                    path,
                    change: Change::Content,
                })
            })
            .collect()
    }

    /// Removes spares that are linked to changed trees: only samples of them would be looked at when they are taken.
    pub(super) fn drop_spares(&self, changed: &[ContentKey]) -> Result<(), PipelineError> {
        let kinds = self
            .store
            .spare_kinds()
            .into_iter()
            .filter(|kind| kind.mode == LinkMode::Hardlink);
        for kind in kinds.filter(|kind| !self.store.spares(*kind).is_empty()) {
            let bytes = self.store.snapshot(kind.snapshot);
            let snapshot = bytes.and_then(|bytes| Snapshot::decode(bytes).ok());
            let concerned = snapshot.is_none_or(|snapshot| {
                let mut distributions = snapshot.header.distributions.iter();
                distributions.any(|one| changed.contains(&one.content))
            });
            if concerned {
                self.store.drop_spares(kind)?;
            }
        }
        Ok(())
    }

    /// Takes changed trees out of use and tells so.
    pub(super) fn set_aside(&self, snapshot: &Snapshot, findings: Vec<Finding>) -> Result<(), PipelineError> {
        if findings.is_empty() {
            return Ok(());
        }
        let changed = findings
            .iter()
            .map(|finding| snapshot.header.distributions[finding.distribution].content);
        self.drop_spares(&changed.collect::<Vec<_>>())?;
        let more = findings.len().saturating_sub(TOLD);
        for (number, finding) in findings.into_iter().enumerate() {
            let culprit = &snapshot.header.distributions[finding.distribution];
            if number < TOLD {
                // Whose it is is the same for most.
                let whose = if number == 0 {
                    self.whose(Some(&finding.path))
                } else {
                    String::new()
                };
                self.progress.warn(&format!(
                    "{} was changed in the store ({}); {} is made again from its archive{whose}",
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
