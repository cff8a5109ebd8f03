//! What the files of an environment are compared with: trees of right content, archives unpacked aside, or RECORDs alone.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::proof_verdict::{Place, Placed};
use crate::environment::proof::{Aspect, Depth, Difference, Sealed, Truth, What, same_content};
use crate::environment::snapshot::{Extent, HeaderDistribution, Snapshot};
use crate::key::DistributionPreimage;
use crate::store::{Staging, Store};

/// Finds what is right, and changes nothing in the store.
pub(super) struct Truths<'a> {
    store: &'a Store,
    /// Where archives are unpacked.
    staging: &'a Staging,
    depth: Depth,
    unpacked: AtomicUsize,
}

/// What was found out about something in the store.
#[derive(Default)]
pub(super) struct Told {
    pub(super) differences: Vec<Placed>,
    pub(super) notes: Vec<String>,
}

impl Told {
    /// A file that is not what it was.
    pub(super) fn changed(&mut self, place: Place, path: PathBuf, owner: Option<&str>) {
        let difference = Difference {
            path,
            owner: owner.map(str::to_owned),
            what: What::Changed(Aspect::Content),
        };
        self.differences.push(Placed { place, difference });
    }
}

impl<'a> Truths<'a> {
    pub(super) fn new(store: &'a Store, staging: &'a Staging, depth: Depth) -> Self {
        let unpacked = AtomicUsize::new(0);
        Self {
            store,
            staging,
            depth,
            unpacked,
        }
    }

    /// The snapshot that an environment names, if the store has it as it was.
    pub(super) fn snapshot(&self, sealed: Sealed, told: &mut Told) -> Option<Snapshot> {
        let Sealed { key, manifest } = sealed;
        let Some(bytes) = self.store.snapshot(key) else {
            told.notes.push(format!("the store has no snapshot {key} (any more)"));
            return None;
        };
        match Snapshot::decode(bytes) {
            Ok(snapshot)
                if snapshot.header.key == key
                    && snapshot.header.extent == Extent::Whole
                    && manifest.is_none_or(|manifest| snapshot.manifest_digest() == Some(manifest)) =>
            {
                Some(snapshot)
            }
            Err(damage) if damage.is_another_format() => {
                told.notes.push(format!("snapshot {key} is of another format"));
                None
            }
            _ => {
                told.changed(Place::Store, self.store.home().snapshot(key), None);
                let note = format!("snapshot {key} in the store is not the one that the environment was assembled from");
                told.notes.push(note);
                None
            }
        }
    }

    /// What the files of each distribution are compared with; those of which only RECORDs are left are told of.
    pub(super) fn of(&self, snapshot: &Snapshot, told: &mut Told) -> Vec<Truth> {
        // Without them no archive can be found.
        let preimages = snapshot.preimages().unwrap_or_default();
        let distributions = snapshot.header.distributions.par_iter().enumerate();
        let found: Vec<(Truth, Told)> = distributions
            .map(|(index, one)| {
                let mut told = Told::default();
                let truth = self.of_one(one, preimages.get(index), &mut told);
                (truth, told)
            })
            .collect();
        let mut truths = Vec::with_capacity(found.len());
        for (truth, more) in found {
            truths.push(truth);
            told.differences.extend(more.differences);
            told.notes.extend(more.notes);
        }
        truths
    }

    fn of_one(&self, one: &HeaderDistribution, preimage: Option<&DistributionPreimage>, told: &mut Told) -> Truth {
        let tree = self.store.tree(one.content);
        let quick = self.depth == Depth::Quick;
        let (Some(preimage), false) = (preimage, quick && tree.is_some()) else {
            return match tree {
                Some(tree) if quick => Truth::Tree(tree),
                _ => Truth::Record,
            };
        };
        let altered = self.store.altered(preimage, one.distribution, one.content);
        match (tree, altered) {
            (Some(tree), None) => Truth::Tree(tree),
            // It was made again meanwhile, or is only looked at: what it is made of would be all the same.
            (None, _) if quick => Truth::Record,
            (tree, altered) => self.unpacked(one, preimage, (tree.as_deref(), altered), told),
        }
    }

    /// The archive, unpacked; what of the tree differs from it is told.
    fn unpacked(
        &self,
        one: &HeaderDistribution,
        preimage: &DistributionPreimage,
        (tree, altered): (Option<&Path>, Option<PathBuf>),
        told: &mut Told,
    ) -> Truth {
        let owner = format!("{} {}", one.name, one.version);
        let number = self.unpacked.fetch_add(1, Ordering::Relaxed);
        let folder = self.staging.join(&format!("tree-{number}"));
        let made = std::fs::create_dir(&folder).map_err(|error| error.to_string());
        let made = made.and_then(|()| {
            let unpacked = self.store.unpack_aside((preimage, one.distribution), one.content, &folder);
            unpacked.map_err(|error| error.to_string())
        });
        match (made, tree) {
            (Ok(()), Some(tree)) => {
                let files = walkdir::WalkDir::new(&folder).into_iter().filter_map(Result::ok);
                let files = files.filter(|entry| entry.file_type().is_file());
                let places = files.filter_map(|entry| {
                    let place = tree.join(entry.path().strip_prefix(&folder).ok()?);
                    (!same_content(entry.path(), &place).unwrap_or(false)).then_some(place)
                });
                for place in places {
                    told.changed(Place::Store, place, Some(&owner));
                }
                Truth::Tree(folder)
            }
            (Ok(()), None) => Truth::Tree(folder),
            (Err(reason), _) => {
                if let Some(path) = altered {
                    told.changed(Place::Store, path, Some(&owner));
                }
                let note =
                    format!("{owner} is compared with its RECORD alone: neither its tree nor its archive is whole ({reason})");
                told.notes.push(note);
                Truth::Record
            }
        }
    }
}
