//! Making a layered environment flat, in place and without an index.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use super::context::Context;
use super::error::PipelineError;
use super::living::{lock, undo_killed};
use super::on_top::{gone, members};
use super::source::known_ones;
use crate::environment::snapshot::Snapshot;
use crate::environment::{
    Assembled, Assembly, FlattenError, InTheWay, LayerLink, Living, assemble, flatten, flattening_folder, installed_in,
};
use crate::fs::{Cleanup, Context as _, remove_tree};
use crate::report::{AnsweredBy, Deed, Summary};
use crate::store::{Lease, StoreError};

/// How it ended.
#[derive(Debug)]
pub enum Materialized {
    /// The environment is flat now.
    Done(Summary),
    /// It was flat already.
    Nothing,
}

impl Context<'_> {
    /// Makes an environment flat.
    ///
    /// # Errors
    /// When its snapshot is gone, or it cannot be written; it is layered still, and works as before.
    pub fn materialize(&self, living: &Living, began: Instant) -> Result<Materialized, PipelineError> {
        let _lock = lock(living, self.progress)?;
        undo_killed(living, self.progress)?;
        let Some(link) = LayerLink::read(&living.folder) else {
            return Ok(Materialized::Nothing);
        };
        let key = link.snapshot().map(|(_, key)| key).ok_or_else(|| gone(living, &link))?;
        let whole = match self.whole(key) {
            Ok(whole) => whole,
            Err(_) if link.is_whole() => {
                let path = self.store.home().snapshot(key);
                return Err(StoreError::Missing { path }.into());
            }
            Err(_) => return Err(gone(living, &link)),
        };
        let snapshot = self.without_what_is_on_top(&link, living, &whole)?;
        let staging = flattening_folder(&living.folder);
        let _cleanup = Cleanup::remove(&staging);
        let made = self.library_aside(living, &snapshot.library_share()).and_then(|assembled| {
            // A signal must not remove what is just being moved: a package would be there by half.
            Cleanup::undisturbed(|| flatten(&living.folder, &link))?;
            Ok(assembled)
        });
        if made.is_err() {
            // The next attempt makes it anew; until then it would only take space, of which there may be none.
            let _ = remove_tree(&staging);
        }
        let assembled = made?;
        let lease = Lease::new(&living.folder, whole.header.key, self.world.now);
        if let Err(error) = self.store.remove_lease(&lease) {
            self.progress.warn(&error.to_string());
        }
        self.tell_exceptions(&assembled);
        Ok(Materialized::Done(Summary {
            cost: Duration::from_millis(snapshot.header.milliseconds),
            deed: Deed::Materialized,
            environment: living.folder.display().to_string(),
            distributions: known_ones(&snapshot),
            hits: snapshot.header.distributions.len(),
            misses: 0,
            files: assembled.files,
            bytes: assembled.bytes,
            fetched: 0,
            elapsed: began.elapsed(),
            means: assembled.means,
            answer: AnsweredBy::Itself,
        }))
    }

    /// Own distributions win: of the layer, their projects are left out.
    fn without_what_is_on_top(&self, link: &LayerLink, living: &Living, whole: &Snapshot) -> Result<Snapshot, PipelineError> {
        let own = link.own_libraries(&living.folder);
        let on_top: BTreeSet<String> = own.flat_map(|folder| installed_in(&folder)).map(|one| one.name).collect();
        if whole.header.distributions.iter().all(|one| !on_top.contains(&one.name)) {
            return Ok(whole.clone());
        }
        let mut kept = self.members_of(whole)?;
        kept.retain(|one| !on_top.contains(one.name()));
        self.compose(&members(&kept))
    }

    /// Makes the library beside its place.
    fn library_aside(&self, living: &Living, share: &Snapshot) -> Result<Assembled, PipelineError> {
        let staging = flattening_folder(&living.folder);
        let python = living.python();
        self.trees().healing(share, &|trees| -> Result<Assembled, PipelineError> {
            // Left by a process that was killed, or by the attempt before.
            remove_tree(&staging).context("remove", &staging)?;
            fs::create_dir(&staging).context("create folder", &staging)?;
            Ok(assemble(&Assembly {
                snapshot: share,
                trees,
                target: &staging,
                python: &python,
                mode: self.settings.form.link_mode(),
                verify: self.settings.verify,
                in_the_way: InTheWay::Replaced,
            })?)
        })
    }
}

impl From<FlattenError> for PipelineError {
    fn from(error: FlattenError) -> Self {
        match error {
            FlattenError::Assemble(error) => error.into(),
            FlattenError::Link(error) => error.into(),
        }
    }
}
