//! Layered environments: their modules stay in the store, merged once for all environments of a snapshot.
//!
//! # When a layer is made
//! When there is none, or it is changed: under a lock, from trees that are looked at on the way. Where none can be kept (the store is only
//! read, or full), the environment is flat, and that is said.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::PipelineError;
use super::hit::Hit;
use crate::environment::snapshot::{Extent, Snapshot};
use crate::environment::{
    Altered, AssembleError, Assembled, Assembly, InTheWay, LAYER_PYTHON, LayerLink, Site, assemble_over, compare_layer,
    inspect_layer, make_layer, renew,
};
use crate::fs::{Context as _, Form, LinkMode, Verify};
use crate::key::SnapshotKey;
use crate::resolve::Question;
use crate::store::{Lease, MergedLayer, StoreError};

/// Whether a layer is to be had.
pub(super) enum Layer {
    /// It is there.
    There(PathBuf),
    /// None can be kept, for this reason.
    Unkept(String),
}

impl Context<'_> {
    /// Looks a request up. Where a layer is there, and only there, nothing else has to be: neither trees nor, unless its files are to be
    /// looked at, the whole snapshot.
    pub(super) fn look_up_in_form(&self, question: &Question) -> Result<Hit, String> {
        if self.settings.form != Form::Layered {
            return self.look_up(question);
        }
        let (answer, key) = self.answered(question)?;
        let excerpt = self.excerpt(key);
        let excerpt = excerpt.ok_or_else(|| format!("the excerpt of snapshot {key} is missing"))?;
        match self.over_layer(excerpt) {
            Some(snapshot) => Ok(Hit { answer, snapshot }),
            None => self.look_up(question),
        }
    }

    /// What is needed of a snapshot whose layer is there.
    fn over_layer(&self, excerpt: Snapshot) -> Option<Snapshot> {
        let key = excerpt.header.key;
        LayerLink::new(&self.store.layer(key)?, &self.facts.scheme).ok()?;
        self.trees(&excerpt).ok()?;
        match self.settings.verify {
            Verify::None => Some(excerpt),
            Verify::Quick | Verify::Full => self.whole(key).ok(),
        }
    }

    /// The excerpt of a snapshot.
    pub(super) fn excerpt(&self, key: SnapshotKey) -> Option<Snapshot> {
        let excerpt = Snapshot::decode(self.store.excerpt(key)?).ok()?;
        (excerpt.header.key == key && excerpt.header.extent == Extent::Excerpt).then_some(excerpt)
    }

    /// Fills an environment in the form that is asked for, or, if it cannot be layered, flat.
    ///
    /// # Errors
    /// When it cannot be written, or something of the store is missing.
    pub(super) fn assemble_in_form(&self, snapshot: &Snapshot, site: &Site, python: &Path) -> Result<Assembled, PipelineError> {
        if self.settings.form == Form::Layered
            && let Some(assembled) = self.assemble_layered(snapshot, site, python)?
        {
            return Ok(assembled);
        }
        self.assemble(snapshot, site.staging(), python)
    }

    fn assemble_layered(&self, snapshot: &Snapshot, site: &Site, python: &Path) -> Result<Option<Assembled>, PipelineError> {
        let own = match snapshot.header.extent {
            Extent::Excerpt => None,
            Extent::Whole => self.excerpt(snapshot.header.key),
        };
        let layer = match self.layer(snapshot)? {
            Layer::There(layer) => layer,
            Layer::Unkept(reason) => {
                self.tell_flat(&reason);
                return Ok(None);
            }
        };
        let link = match LayerLink::new(&layer, &self.facts.scheme) {
            Ok(link) => link,
            Err(error) => {
                self.tell_flat(&error.to_string());
                return Ok(None);
            }
        };
        let excerpt = own.as_ref().unwrap_or(snapshot);
        if excerpt.header.extent == Extent::Whole {
            self.tell_flat("the snapshot could not be kept in the store");
            return Ok(None);
        }
        let assembled = self.attempts(excerpt, &|trees| {
            assemble_over(&Assembly {
                snapshot: excerpt,
                trees,
                target: site.staging(),
                python,
                mode: self.settings.form.link_mode(),
                verify: self.settings.verify,
                in_the_way: InTheWay::Replaced,
            })
        })?;
        if let Err(error) = renew(excerpt, &layer) {
            let layer = layer.display();
            self.progress.warn(&format!(
                "cannot set times in {layer}: {error}; tools that compare by time (collectstatic) may take static files for old"
            ));
        }
        link.write(site.staging(), self.facts)?;
        let lease = Lease::new(site.destination(), snapshot.header.key, self.world.now);
        if let Err(error) = self.store.put_lease(&lease) {
            self.progress
                .warn(&format!("{error}; the store does not know that this environment needs it"));
        }
        Ok(Some(assembled))
    }

    /// The layer of a snapshot: there and looked at, or made now, if it can be kept.
    ///
    /// # Errors
    /// When a tree is missing that cannot be made again.
    pub(super) fn layer(&self, snapshot: &Snapshot) -> Result<Layer, PipelineError> {
        let key = snapshot.header.key;
        if self.settings.verify == Verify::Full {
            self.set_aside(snapshot, self.altered(snapshot))?;
        }
        if let Some(layer) = self.store.layer(key) {
            if self.settings.verify == Verify::None {
                return Ok(Layer::There(layer));
            }
            let altered = self.altered_in(&layer, snapshot)?;
            let Some(first) = altered.first() else {
                return Ok(Layer::There(layer));
            };
            self.tell_altered(first, altered.len() - 1);
        } else if snapshot.header.extent == Extent::Excerpt {
            // It was there when the request was looked up.
            let path = MergedLayer::place(&self.store.home().merged(key));
            return Err(StoreError::Missing { path }.into());
        }
        if self.store.is_temporary() {
            return Ok(Layer::Unkept("the store is only read".to_owned()));
        }
        match self.make_layer(snapshot) {
            Ok(layer) => Ok(Layer::There(layer)),
            Err(
                error @ (PipelineError::Assemble(AssembleError::Io { .. })
                | PipelineError::Store(StoreError::Fs(_))
                | PipelineError::Fs(_)),
            ) => Ok(Layer::Unkept(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Makes the layer of a whole snapshot, unless another process does so first.
    fn make_layer(&self, snapshot: &Snapshot) -> Result<PathBuf, PipelineError> {
        let key = snapshot.header.key;
        let on_wait = || {
            self.progress
                .step("waiting for another process that is making the same layer");
        };
        let _lock = self.store.layer_lock(key, on_wait);
        if let Some(layer) = self.store.layer(key)
            && self.altered_in(&layer, snapshot)?.is_empty()
        {
            return Ok(layer);
        }
        self.attempts(snapshot, &|trees| -> Result<PathBuf, PipelineError> {
            let staging = self.store.staging()?;
            let target = staging.join("layer");
            fs::create_dir(&target).context("create folder", &target)?;
            let assembly = in_store(snapshot, trees, &target);
            let generated = make_layer(&assembly, &self.facts.scheme)?;
            let record = MergedLayer {
                snapshot: key,
                generated,
            };
            self.store.describe_layer(&target, &record)?;
            Ok(self.store.put_layer(key, &target, &staging)?)
        })
    }

    /// Files of a layer that are not as they should be, as closely looked at as the settings say, but never not at all.
    fn altered_in(&self, layer: &Path, snapshot: &Snapshot) -> Result<Vec<Altered>, PipelineError> {
        let tree = |distribution: usize| self.store.tree(snapshot.header.distributions.get(distribution)?.content);
        let altered = inspect_layer(snapshot, layer, &tree);
        if self.settings.verify != Verify::Full || !altered.is_empty() {
            return Ok(altered);
        }
        self.attempts(snapshot, &|trees| -> Result<Vec<Altered>, PipelineError> {
            let staging = self.store.staging()?;
            Ok(compare_layer(&in_store(snapshot, trees, staging.path()), layer)?)
        })
    }

    fn tell_altered(&self, first: &Altered, more: usize) {
        let more = match more {
            0 => String::new(),
            more => format!(", and files in {more} more folders"),
        };
        let (path, change) = (first.path.display(), first.change);
        self.progress.warn(&format!(
            "{path} was changed in the store ({change}){more}; the layer is made again from its trees"
        ));
    }

    fn tell_flat(&self, reason: &str) {
        self.progress.warn(&format!(
            "no layer can be kept in the store ({reason}); the environment is flat"
        ));
    }
}

/// How a layer is assembled; its files are looked at however little the user wants: others will trust it.
fn in_store<'a>(snapshot: &'a Snapshot, trees: &'a [PathBuf], target: &'a Path) -> Assembly<'a> {
    Assembly {
        snapshot,
        trees,
        target,
        python: Path::new(LAYER_PYTHON),
        mode: LinkMode::Hardlink,
        verify: Verify::Quick,
        in_the_way: InTheWay::Replaced,
    }
}
