//! Merged layers and spares: every file is compared with the trees of its snapshot, and with what is generated anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::audit::Looked;
use super::finding::Subject;
use super::look::{Seen, look};
use crate::environment::snapshot::Snapshot;
use crate::environment::{
    Altered, AssembleError, Assembly, InTheWay, LAYER_PYTHON, SPARE_PYTHON, compare_layer, compare_spare, inspect_layer,
};
use crate::fs::{LinkMode, Verify};
use crate::key::SnapshotKey;
use crate::store::{Area, MergedLayer, Spare, Staging, Store, StoreError};
use crate::upkeep::catalogue::keyed;

/// Whoever prunes does so once.
const TRIES: usize = 3;

/// What layers and spares are compared with.
#[derive(Clone, Copy)]
pub(super) struct Standards<'a> {
    pub(super) store: &'a Store,
    /// Contents of trees that are whole.
    pub(super) trees: &'a BTreeSet<String>,
    /// Snapshots that are whole.
    pub(super) snapshots: &'a BTreeSet<String>,
}

/// Something that stands in for an environment.
enum Standing {
    Layer(SnapshotKey),
    Spare(Spare),
}

pub(super) fn standing(standards: Standards, looked: &mut Looked) {
    let layout = standards.store.lasting();
    let mut all: Vec<(PathBuf, Standing)> = Vec::new();
    for found in keyed(&layout.area(Area::Merged)) {
        match found.name.parse() {
            Ok(key) => all.push((found.path, Standing::Layer(key))),
            Err(_) => looked.unknown.push(found.path),
        }
    }
    let spares = standards.store.all_spares().into_iter();
    all.extend(spares.map(|spare| (spare.path.clone(), Standing::Spare(spare))));
    let seen: Vec<_> = all
        .into_par_iter()
        .map(|(path, one)| {
            let key = match &one {
                Standing::Layer(key) => *key,
                Standing::Spare(spare) => spare.kind.snapshot,
            };
            let seen = look(&[&path], &|| standards.examine(&path, key, &one));
            let subject = match one {
                Standing::Layer(key) => Subject::Layer(key),
                Standing::Spare(_) => Subject::Spare,
            };
            (path, subject, seen)
        })
        .collect();
    for (path, subject, seen) in seen {
        looked.note(&path, subject, seen);
    }
}

/// Why something could not be compared.
enum Trouble {
    Store(StoreError),
    Assemble(AssembleError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<AssembleError> for Trouble {
    fn from(error: AssembleError) -> Self {
        Self::Assemble(error)
    }
}

impl Standards<'_> {
    fn examine(self, place: &Path, key: SnapshotKey, one: &Standing) -> Seen {
        if !place.exists() {
            return Seen::Gone;
        }
        if matches!(one, Standing::Layer(_)) {
            match fs::read(MergedLayer::place(place)) {
                Ok(text) => {
                    if crate::fs::soundness(&text, 1) == crate::fs::Soundness::Newer {
                        return Seen::Newer;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => return Seen::failed(&error),
                Err(_) => return Seen::Damaged("merged.json is gone".to_owned()),
            }
        }
        let snapshot = self.store.snapshot(key).filter(|_| self.snapshots.contains(&key.to_string()));
        let Some(snapshot) = snapshot.and_then(|bytes| Snapshot::decode(bytes).ok()) else {
            return Seen::Incomplete("its snapshot is gone, or no good".to_owned());
        };
        self.compared(place, &snapshot, one)
    }

    /// Trees may be pruned meanwhile: then archives are unpacked, if there are any left.
    fn compared(self, place: &Path, snapshot: &Snapshot, one: &Standing) -> Seen {
        let mut trouble = String::new();
        for _ in 0..TRIES {
            match self.altered(place, snapshot, one) {
                Ok(Some(altered)) => {
                    let Some(first) = altered.first() else {
                        return Seen::Whole(snapshot.header.bytes);
                    };
                    let path = first.path.strip_prefix(place).unwrap_or(&first.path);
                    return Seen::Damaged(format!("{}: {}", path.display(), first.change));
                }
                _ if !place.exists() => return Seen::Gone,
                Ok(None) => "its trees come and go".clone_into(&mut trouble),
                Err(Trouble::Store(error)) if error.is_damage() => return Seen::Incomplete(error.to_string()),
                Err(Trouble::Store(error)) => return Seen::Unreadable(error.to_string()),
                Err(Trouble::Assemble(error)) => trouble = error.to_string(),
            }
        }
        Seen::Unreadable(trouble)
    }

    /// Files that are not as they should be; nothing if what they were compared with vanished.
    fn altered(self, place: &Path, snapshot: &Snapshot, one: &Standing) -> Result<Option<Vec<Altered>>, Trouble> {
        let staging = self.store.staging()?;
        let trees = self.trees_of(snapshot, &staging)?;
        if let Standing::Layer(_) = one {
            let tree = |distribution: usize| trees.get(distribution).cloned();
            let altered = inspect_layer(snapshot, place, &tree);
            if !altered.is_empty() {
                return Ok(Some(altered));
            }
        }
        let target = staging.join("generated");
        fs::create_dir(&target).map_err(|source| AssembleError::Io {
            action: "create folder",
            path: target.clone(),
            source,
        })?;
        let assembly = Assembly {
            snapshot,
            trees: &trees,
            target: &target,
            python: Path::new(match one {
                Standing::Layer(_) => LAYER_PYTHON,
                Standing::Spare(_) => SPARE_PYTHON,
            }),
            mode: LinkMode::Copy,
            verify: Verify::Quick,
            in_the_way: InTheWay::Replaced,
        };
        let altered = match one {
            Standing::Layer(_) => compare_layer(&assembly, place)?,
            Standing::Spare(_) => compare_spare(&assembly, place)?,
        };
        Ok(trees.iter().all(|tree| tree.exists()).then_some(altered))
    }

    /// Trees that are whole, or archives unpacked aside.
    fn trees_of(self, snapshot: &Snapshot, staging: &Staging) -> Result<Vec<PathBuf>, StoreError> {
        let preimages = snapshot.preimages().unwrap_or_default();
        let distributions = snapshot.header.distributions.iter().zip(&preimages).enumerate();
        let trees = distributions.map(|(number, (one, preimage))| {
            let whole = self.trees.contains(&one.content.to_string());
            if let Some(tree) = self.store.tree(one.content).filter(|_| whole) {
                return Ok(tree);
            }
            let folder = staging.join(&format!("tree-{number}"));
            crate::fs::create_folders(&folder).map_err(|source| crate::fs::FsError {
                action: "create folder",
                path: folder.clone(),
                source,
            })?;
            self.store.unpack_aside((preimage, one.distribution), one.content, &folder)?;
            Ok(folder)
        });
        trees.collect()
    }
}
