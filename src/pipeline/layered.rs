//! Layered environments: their modules stay in the store, merged once for all environments of a snapshot.
//!
//! # When a layer is made
//! When there is none, or it is changed: under a lock, from trees that are looked at on the way. Where none can be kept (the store is only
//! read, or full), the environment is flat, and that is said.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::PipelineError;
use super::healing::Trees;
use super::hit::Hit;
use super::source::Source;
use crate::environment::snapshot::{Extent, Snapshot};
use crate::environment::{
    Altered, AssembleError, Assembled, Assembly, InTheWay, LAYER_PYTHON, LayerLink, Site, assemble_over, compare_layer,
    inspect_layer, make_layer, renew,
};
use crate::fs::{Context as _, Form, LinkMode, Verify};
use crate::interpreter::Scheme;
use crate::key::SnapshotKey;
use crate::report::AnsweredBy;
use crate::store::{GeneratedFile, MergedLayer, SnapshotPart, StoreError};

/// Whether a layer is to be had.
pub(super) enum Layer {
    /// It is there.
    There(PathBuf),
    /// None can be kept, for this reason.
    Unkept(String),
}

impl Context<'_> {
    /// The snapshot that a known request is answered with. Where a layer is there, and only there, nothing else has to be: neither trees
    /// nor, unless its files are to be looked at, the whole snapshot.
    pub(super) fn loaded_in_form(&self, answer: AnsweredBy, key: SnapshotKey) -> Result<Hit, String> {
        if self.settings.form != Form::Layered {
            return self.loaded(answer, key);
        }
        let excerpt = || {
            let excerpt = self.excerpt(key);
            excerpt.ok_or_else(|| format!("the excerpt of snapshot {key} is missing"))
        };
        if self.settings.verify == Verify::None || self.store.layer(key).is_none() {
            let excerpt = excerpt()?;
            return match self.settings.verify {
                Verify::None if self.has_layer_for(&excerpt) => Ok(Hit {
                    answer,
                    snapshot: excerpt,
                    excerpt: None,
                }),
                _ => self.loaded(answer, key),
            };
        }
        // To look at a layer takes no RECORDs, to compare contents does.
        let looked_at = || match self.settings.verify {
            Verify::Full => self.whole(key),
            Verify::Quick | Verify::None => self.manifest(key),
        };
        let (excerpt, snapshot) = rayon::join(excerpt, looked_at);
        let excerpt = excerpt?;
        if !self.has_layer_for(&excerpt) {
            return self.loaded(answer, key);
        }
        Ok(Hit {
            answer,
            snapshot: snapshot?,
            excerpt: Some(excerpt),
        })
    }

    /// Whether the layer of a snapshot is there, and the trees of what each environment over it has for itself.
    fn has_layer_for(&self, excerpt: &Snapshot) -> bool {
        let layer = self.store.layer(excerpt.header.key);
        let usable = layer.is_some_and(|layer| LayerLink::new(&layer, &self.facts.scheme).is_ok());
        usable && self.trees().of(excerpt).is_ok()
    }

    /// The excerpt of a snapshot.
    pub(super) fn excerpt(&self, key: SnapshotKey) -> Option<Snapshot> {
        let reason = match Snapshot::decode(self.store.excerpt(key)?) {
            Ok(excerpt) if excerpt.header.key == key && excerpt.header.extent == Extent::Excerpt => return Some(excerpt),
            Ok(_) => "it is another excerpt".to_owned(),
            Err(damage) if damage.is_another_format() => return None,
            Err(damage) => damage.to_string(),
        };
        self.store.discard_snapshot(key, SnapshotPart::Excerpt, &reason);
        None
    }

    /// Fills an environment in the form that is asked for, or, if it cannot be layered, flat.
    ///
    /// # Errors
    /// When it cannot be written, or something of the store is missing.
    pub(super) fn assemble_in_form(&self, source: &Source, site: &Site, python: &Path) -> Result<Assembled, PipelineError> {
        if self.settings.form != Form::Layered {
            return self.assemble(&source.snapshot, site.staging(), python);
        }
        match self.assemble_layered(source, site, python)? {
            Ok(assembled) => Ok(assembled),
            Err(reason) => {
                self.progress.warn(&format!(
                    "no layer can be kept in the store ({reason}); the environment is flat"
                ));
                self.assemble(&*self.with_texts(&source.snapshot)?, site.staging(), python)
            }
        }
    }

    /// Fills an environment over a layer; the reason where there can be none. What is there then belongs into a flat one, too.
    fn assemble_layered(&self, source: &Source, site: &Site, python: &Path) -> Result<Result<Assembled, String>, PipelineError> {
        let snapshot = &source.snapshot;
        let read = match (&source.excerpt, snapshot.header.extent) {
            (None, Extent::Whole) => self.excerpt(snapshot.header.key),
            _ => None,
        };
        let excerpt = match snapshot.header.extent {
            Extent::Excerpt => Some(snapshot),
            Extent::Whole => source.excerpt.as_ref().or(read.as_ref()),
        };
        let Some(excerpt) = excerpt else {
            return Ok(Err("the snapshot could not be kept in the store".to_owned()));
        };
        // Most of the time goes into looking at the layer: meanwhile the environment gets what is its own. Nobody sees that before it is
        // published.
        let whole = (self.settings.verify == Verify::Quick).then_some(snapshot);
        let known = self.store.layer(snapshot.header.key).zip(whole);
        if let Some((layer, whole)) = known
            && let Ok(link) = LayerLink::new(&layer, &self.facts.scheme)
        {
            let (altered, assembled) = rayon::join(
                || self.altered_in(&layer, whole),
                || self.assemble_own(excerpt, &layer, site, python),
            );
            if altered?.is_empty() {
                link.write(site.staging(), self.facts)?;
                return Ok(Ok(assembled?));
            }
        }
        let layer = match self.layer(snapshot)? {
            Layer::There(layer) => layer,
            Layer::Unkept(reason) => return Ok(Err(reason)),
        };
        match LayerLink::new(&layer, &self.facts.scheme) {
            Ok(link) => {
                let assembled = self.assemble_own(excerpt, &layer, site, python)?;
                link.write(site.staging(), self.facts)?;
                Ok(Ok(assembled))
            }
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    /// A snapshot that something can be assembled of, if it is one of which only the manifest was read.
    fn with_texts<'s>(&self, snapshot: &'s Snapshot) -> Result<Cow<'s, Snapshot>, PipelineError> {
        if snapshot.is_whole() {
            return Ok(Cow::Borrowed(snapshot));
        }
        let key = snapshot.header.key;
        let path = self.store.home().snapshot(key);
        Ok(Cow::Owned(self.whole(key).map_err(|_| {
            // The next time it is a miss, and composed anew.
            let _ = fs::remove_file(&path);
            StoreError::Missing { path }
        })?))
    }

    /// What an environment over a layer has for itself; what stands there already is replaced.
    fn assemble_own(&self, excerpt: &Snapshot, layer: &Path, site: &Site, python: &Path) -> Result<Assembled, PipelineError> {
        let assembled = self.trees().attempts(excerpt, &|trees| {
            assemble_over(&self.assembly((excerpt, trees), (site.staging(), python), InTheWay::Replaced))
        })?;
        if let Err(error) = renew(excerpt, layer) {
            let layer = layer.display();
            self.progress.warn(&format!(
                "cannot set times in {layer}: {error}; tools that compare by time (collectstatic) may take static files for old"
            ));
        }
        Ok(assembled)
    }

    /// The layer of a snapshot: there and looked at, or made now, if it can be kept.
    ///
    /// # Errors
    /// When a tree is missing that cannot be made again.
    pub(super) fn layer(&self, snapshot: &Snapshot) -> Result<Layer, PipelineError> {
        let key = snapshot.header.key;
        if self.settings.verify == Verify::Full {
            self.trees().set_aside(snapshot, self.trees().altered(snapshot))?;
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
        match self.make_layer(&*self.with_texts(snapshot)?) {
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
        self.trees().merge(snapshot, &self.facts.scheme)
    }

    /// Files of a layer that are not as they should be, as closely looked at as the settings say, but never not at all.
    fn altered_in(&self, layer: &Path, snapshot: &Snapshot) -> Result<Vec<Altered>, PipelineError> {
        let tree = |distribution: usize| self.store.tree(snapshot.header.distributions.get(distribution)?.content);
        let altered = inspect_layer(snapshot, layer, &tree);
        if self.settings.verify != Verify::Full || !altered.is_empty() {
            return Ok(altered);
        }
        self.trees()
            .attempts(snapshot, &|trees| -> Result<Vec<Altered>, PipelineError> {
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
}

impl Trees<'_> {
    /// Makes the layer of a whole snapshot, and puts it in the place of the one that is there. Its lock should be held.
    ///
    /// # Errors
    /// When a tree cannot be made again, or the store cannot be written.
    pub(super) fn merge(&self, snapshot: &Snapshot, scheme: &Scheme) -> Result<PathBuf, PipelineError> {
        self.attempts(snapshot, &|trees| -> Result<PathBuf, PipelineError> {
            let staging = self.store.staging()?;
            let target = staging.join("layer");
            fs::create_dir(&target).context("create folder", &target)?;
            let generated = make_layer(&in_store(snapshot, trees, &target), scheme)?;
            let key = snapshot.header.key;
            let record = MergedLayer {
                snapshot: key,
                bytes: Some(own_bytes(&generated, snapshot.folders.len())),
                generated,
            };
            self.store.describe_layer(&target, &record)?;
            Ok(self.store.put_layer(key, &target, &staging)?)
        })
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

/// Bytes on disk of what a layer does not share with trees: generated files and folders, in blocks of 4 KiB.
fn own_bytes(generated: &[GeneratedFile], folders: usize) -> u64 {
    let blocks: u64 = generated.iter().map(|file| file.size.div_ceil(4096)).sum();
    (blocks + folders as u64) * 4096
}
