//! Environments over a layer, and installing into them: a new layer is composed, and the environment points to that.

use std::collections::BTreeSet;
use std::path::Path;

use super::context::Context;
use super::error::PipelineError;
use super::layered::Layer;
use super::living::beyond;
use crate::environment::snapshot::{Member, Snapshot};
use crate::environment::{Assembled, InTheWay, Installed, LayerLink, Living, Switch, Switching, files_on_top, renew};
use crate::key::SnapshotKey;
use crate::store::{DistributionRecord, Lease};

/// A layered environment.
pub(super) struct Layered {
    pub(super) link: LayerLink,
    /// What is in its layer.
    pub(super) snapshot: Snapshot,
}

/// A distribution of a snapshot with all that composing another one takes.
pub(super) struct Kept {
    record: DistributionRecord,
    requested: bool,
    direct_url: Option<String>,
}

impl Kept {
    fn member(&self) -> Member<'_> {
        Member {
            record: &self.record,
            requested: self.requested,
            direct_url: self.direct_url.as_deref(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.record.preimage.name
    }
}

/// The members of a snapshot, for composing.
pub(super) fn members(kept: &[Kept]) -> Vec<Member<'_>> {
    kept.iter().map(Kept::member).collect()
}

impl Layered {
    /// What is installed in the layer, and not on top of it: another layer need not have it. pip is looked after by pip.
    pub(super) fn replaceable(&self, installed: &[Installed]) -> BTreeSet<String> {
        let below = installed
            .iter()
            .filter(|one| one.path.starts_with(self.link.layer()) && one.name != "pip");
        below.map(|one| one.name.clone()).collect()
    }
}

impl Context<'_> {
    /// The environment with its layer, if it is layered. A layer that is gone is made again where the store knows its snapshot. The caller
    /// holds the environment's lock.
    ///
    /// # Errors
    /// When the layer is gone for good, or only pip can go on because the snapshot is in no store within reach.
    pub(super) fn layered(&self, living: &Living) -> Result<Option<Layered>, PipelineError> {
        let Some(link) = LayerLink::read(&living.folder) else {
            return Ok(None);
        };
        let known = link.snapshot().and_then(|(_, key)| self.whole(key).ok());
        let layered = match known {
            Some(snapshot) if link.is_whole() => Layered { link, snapshot },
            Some(snapshot) => {
                let link = self.mended(living, &link, &snapshot)?;
                Layered { link, snapshot }
            }
            None if link.is_whole() => {
                let layer = link.layer().display();
                return Err(beyond(format!("the store has no snapshot of the layer {layer}")));
            }
            None => return Err(gone(living, &link)),
        };
        self.keep_lease(&living.folder, layered.snapshot.header.key);
        Ok(Some(layered))
    }

    /// Makes a layer again that is gone.
    fn mended(&self, living: &Living, link: &LayerLink, snapshot: &Snapshot) -> Result<LayerLink, PipelineError> {
        let Layer::There(layer) = self.layer(snapshot)? else {
            return Err(gone(living, link));
        };
        let mended = LayerLink::new(&layer, &self.facts.scheme)?;
        if mended != *link {
            mended.write(&living.folder, self.facts)?;
        }
        self.progress.warn(&format!(
            "the layer of {} was gone ({}); it is made again",
            living.folder.display(),
            link.layer().display()
        ));
        Ok(mended)
    }

    /// Makes the layer of an environment again if it is gone, for `doctor`.
    ///
    /// # Errors
    /// As for installing.
    pub fn mend(&self, living: &Living) -> Result<(), PipelineError> {
        let _lock = super::living::lock(living, self.progress)?;
        self.layered(living).map(drop)
    }

    /// Tells the store that an environment needs the layer of a snapshot: when it does, since there is one lease for what was there before
    /// and what comes.
    pub(super) fn keep_lease(&self, environment: &Path, snapshot: SnapshotKey) {
        let lease = Lease::new(environment, snapshot, self.world.now);
        if let Err(error) = self.store.put_lease(&lease) {
            self.progress
                .warn(&format!("{error}; the store does not know that this environment needs it"));
        }
    }

    /// The distributions of a snapshot as they are in the store.
    ///
    /// # Errors
    /// When one is not there any more, or was made again with another content: only pip can go on.
    pub(super) fn members_of(&self, snapshot: &Snapshot) -> Result<Vec<Kept>, PipelineError> {
        let preimages = snapshot.preimages().map_err(|damage| beyond(damage.to_string()))?;
        let distributions = snapshot.header.distributions.iter().zip(&preimages).zip(&snapshot.generated);
        let kept = distributions.map(|((one, preimage), generated)| {
            let record = self
                .store
                .distribution(preimage)
                .filter(|record| record.content == one.content);
            let record = record.ok_or_else(|| beyond(format!("{} {} is not in the store any more", one.name, one.version)))?;
            let small = |name: &str| generated.small.iter().find(|file| file.name == name);
            Ok(Kept {
                record,
                requested: small("REQUESTED").is_some(),
                direct_url: small("direct_url.json").map(|file| file.content.clone()),
            })
        });
        kept.collect()
    }

    /// Composes the layer with what is added instead of `replaced`, as pip would have installed it: last.
    ///
    /// # Errors
    /// When the store lacks something for it, or cannot keep it: only pip can go on.
    pub(super) fn recomposed(
        &self,
        layered: &Layered,
        added: &Snapshot,
        replaced: &BTreeSet<String>,
    ) -> Result<Snapshot, PipelineError> {
        if self.store.is_temporary() {
            return Err(beyond("the store is only read, and keeps no new layer".to_owned()));
        }
        let mut kept = self.members_of(&layered.snapshot)?;
        kept.retain(|one| !replaced.contains(one.name()));
        kept.extend(self.members_of(added)?);
        self.keep_snapshot(&members(&kept))
    }

    /// Makes the layer of `snapshot` and everything that the environment over it has itself; it points to the old layer still.
    ///
    /// # Errors
    /// When something cannot be made; the environment is as it was then.
    pub(super) fn switching(&self, living: &Living, layered: &Layered, snapshot: &Snapshot) -> Result<Switching, PipelineError> {
        let unkept = || beyond("the store cannot keep the snapshot of a new layer".to_owned());
        let from = self.excerpt(layered.snapshot.header.key).ok_or_else(unkept)?;
        let to = self.excerpt(snapshot.header.key).ok_or_else(unkept)?;
        let layer = match self.layer(snapshot)? {
            Layer::There(layer) => layer,
            Layer::Unkept(reason) => return Err(beyond(format!("no new layer can be kept in the store ({reason})"))),
        };
        let link = LayerLink::new(&layer, &self.facts.scheme)?;
        let foreign = files_on_top(&living.folder, &layered.link);
        let python = living.python();
        let switching = self.trees().attempts(&to, &|trees| {
            let switch = Switch {
                from: &from,
                to: self.assembly((&to, trees), (&living.folder, &python), InTheWay::Kept),
                link: &link,
                foreign: &foreign,
            };
            switch.prepare()
        })?;
        if let Err(error) = renew(&to, &layer) {
            self.progress
                .detail(&format!("cannot set times in {}: {error}", layer.display()));
        }
        Ok(switching)
    }

    /// Points the environment to its new layer.
    ///
    /// # Errors
    /// When the pointer cannot be written; the environment is as it was then.
    pub(super) fn switched(
        &self,
        living: &Living,
        switching: Switching,
        snapshot: &Snapshot,
    ) -> Result<Assembled, PipelineError> {
        let assembled = switching.commit(self.facts)?;
        self.keep_lease(&living.folder, snapshot.header.key);
        Ok(assembled)
    }
}

pub(super) fn gone(living: &Living, link: &LayerLink) -> PipelineError {
    PipelineError::LayerGone {
        environment: living.folder.clone(),
        layer: link.layer().to_owned(),
    }
}
