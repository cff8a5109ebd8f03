//! An environment that is being verified, and what was found so far.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::PipelineError;
use super::proof_truth::Told;
use super::proof_verdict::{Coverage, Place, Placed, Verdict};
use crate::environment::LayerLink;
use crate::environment::proof::{Blueprint, Depth, Difference, Looked, Modes, Proof, Recorded, Sealed, look};
use crate::fs::Context as _;
use crate::store::Staging;

/// The environment's configuration, which keeps the proof.
pub(super) const CONFIG: &str = "pyvenv.cfg";
/// What a skeleton has besides its configuration: names at the top, and beginnings of names among scripts.
const SKELETON: ([&str; 3], [&str; 3]) = ([".gitignore", "CACHEDIR.TAG", "lib64"], ["activate", "Activate", "python"]);
/// What a pointer to a layer consists of.
const POINTER: [&str; 3] = ["000_snapenv.pth", "000_snapenv.start", "_snapenv_layer.py"];

/// An environment that is being verified.
pub(super) struct Case<'a> {
    pub(super) folder: &'a Path,
    pub(super) staging: &'a Staging,
    pub(super) proof: Proof,
    pub(super) link: Option<LayerLink>,
    pub(super) told: Told,
    pub(super) coverage: Coverage,
    looked: Looked,
    unchecked: usize,
}

impl<'a> Case<'a> {
    pub(super) fn new((folder, staging): (&'a Path, &'a Staging), proof: Proof, told: Told) -> Self {
        Self {
            folder,
            staging,
            proof,
            link: LayerLink::read(folder),
            told,
            coverage: Coverage::Full,
            looked: Looked::default(),
            unchecked: 0,
        }
    }

    /// The snapshots that the environment should be of. A layered one is over the layer that it points to.
    pub(super) fn sealed(&mut self) -> Vec<Sealed> {
        let pointed = self.link.as_ref().and_then(LayerLink::snapshot).map(|(_, key)| key);
        match pointed {
            Some(key) if self.proof.snapshots.iter().all(|sealed| sealed.key != key) => {
                let note = format!("it points to the layer of snapshot {key}, which its proof does not name");
                self.told.notes.push(note);
                self.coverage = Coverage::Partial;
                vec![Sealed { key, manifest: None }]
            }
            _ => self.proof.snapshots.clone(),
        }
    }

    /// A folder in which things are made again; the same for the same name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn folder_for(&self, name: &str) -> Result<PathBuf, PipelineError> {
        let folder = self.staging.join(name);
        fs::create_dir_all(&folder).context("create folder", &folder)?;
        Ok(folder)
    }

    /// What a skeleton has, unseen.
    pub(super) fn unknown_skeleton(&mut self) -> Blueprint {
        let note = "activators and links are not compared";
        self.told.notes.push(note.to_owned());
        self.coverage = Coverage::Partial;
        skeleton_in(self.folder, self.link.as_ref())
    }

    /// Adds the distributions that are in no snapshot, whose RECORDs have to be as they were.
    pub(super) fn add_recorded(&mut self, blueprint: &mut Blueprint) {
        for Recorded { digest, dist_info } in &self.proof.recorded {
            let record = Path::new(dist_info).join("RECORD");
            let content = fs::read(self.folder.join(&record)).unwrap_or_default();
            if blake3::hash(&content).to_hex().as_str() != digest {
                self.told.changed(Place::Environment, record, None);
            }
            blueprint.add_recorded(self.folder, Path::new(dist_info));
        }
    }

    /// Compares a folder with its blueprint.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn look(
        &mut self,
        place: Place,
        (root, blueprint): (&Path, &Blueprint),
        depth: Depth,
    ) -> Result<(), PipelineError> {
        let modes = match place {
            Place::Environment => Modes::Environment,
            Place::Layer | Place::Store => Modes::Sealed,
        };
        let looked = look(root, blueprint, modes).context("read folder", root)?;
        let unchecked = blueprint.unchecked(depth);
        if unchecked > 0 {
            self.coverage = Coverage::Partial;
        }
        self.unchecked += unchecked;
        self.looked.files += looked.files;
        let placed = |path: PathBuf| if place == Place::Environment { path } else { root.join(path) };
        self.looked.bytecode.extend(looked.bytecode.into_iter().map(placed));
        self.told
            .differences
            .extend(looked.differences.into_iter().map(|difference| Placed {
                place,
                difference: Difference {
                    path: placed(difference.path),
                    ..difference
                },
            }));
        Ok(())
    }

    /// What was found.
    pub(super) fn verdict(self) -> Verdict {
        let mut differences = self.told.differences;
        differences.sort();
        differences.dedup();
        Verdict {
            environment: self.folder.to_owned(),
            snapshots: self.proof.snapshots.iter().map(|sealed| sealed.key).collect(),
            files: self.looked.files,
            differences,
            bytecode: self.looked.bytecode,
            coverage: self.coverage,
            unchecked: self.unchecked,
            notes: self.told.notes,
        }
    }
}

/// What there is of a skeleton in an environment, unseen.
pub(super) fn skeleton_in(environment: &Path, link: Option<&LayerLink>) -> Blueprint {
    let mut blueprint = Blueprint::default();
    let (top, scripts) = SKELETON;
    let libraries = link.into_iter().flat_map(|link| link.own_libraries(Path::new("")));
    let pointer = libraries.flat_map(|library| POINTER.map(|name| library.join(name)));
    let names = fs::read_dir(environment.join("bin"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let names = names.map(|entry| Path::new("bin").join(entry.file_name()));
    let skeleton = names.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        scripts.iter().any(|script| name.starts_with(script))
    });
    let top = top.into_iter().chain([CONFIG]).map(PathBuf::from);
    for path in top.chain(pointer).chain(skeleton) {
        if fs::symlink_metadata(environment.join(&path)).is_ok() {
            blueprint.add_apart(path);
        }
    }
    blueprint
}

/// The folders of modules that an environment has itself, relative to it.
pub(super) fn libraries_of(environment: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(environment.join("lib"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let folders = folders.map(|folder| Path::new("lib").join(folder.file_name()).join("site-packages"));
    folders.filter(|library| environment.join(library).is_dir()).collect()
}
