//! What an environment or a layer has for itself, made again to compare with.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::blueprint::{Blueprint, Item, Kind, Share, Source, Truth, generated_for};
use super::kept::Proof;
use crate::environment::assemble::{Assembly, InTheWay};
use crate::environment::error::AssembleError;
use crate::environment::generate::{RECORD, generate, generate_scripts};
use crate::environment::layer::LAYER_PYTHON;
use crate::environment::layer_link::{LayerLink, LayerLinkError};
use crate::environment::skeleton::{Seed, Skeleton, SkeletonError, SystemSite};
use crate::environment::snapshot::Snapshot;
use crate::fs::{LinkMode, Verify};
use crate::interpreter::Facts;

/// What Python reads first of an environment.
const CONFIG: &str = "pyvenv.cfg";

/// A folder in which files are made again; it is empty in the beginning.
#[derive(Debug, Clone, Copy)]
pub struct Remaking<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// The interpreter that scripts name.
    pub python: &'a Path,
}

/// Why something could not be made again.
#[derive(Debug, thiserror::Error)]
pub enum Remade {
    /// The skeleton.
    #[error(transparent)]
    Skeleton(#[from] SkeletonError),
    /// What is generated.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// The pointer to the layer.
    #[error(transparent)]
    Link(#[from] LayerLinkError),
}

impl Remaking<'_> {
    /// Makes the skeleton, and for a layered environment its pointer.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn skeleton(&self, proof: &Proof, facts: &Facts, link: Option<&LayerLink>) -> Result<Blueprint, Remade> {
        let skeleton = Skeleton {
            facts,
            destination: Path::new(&proof.path),
            prompt: proof.prompt.as_deref(),
            // Only `pyvenv.cfg` tells these, which has a digest of its own.
            system_site_packages: SystemSite::Hidden,
            seed: Seed::Pip,
        };
        skeleton.write(self.folder)?;
        if let Some(link) = link {
            link.write(self.folder, facts)?;
        }
        let mut blueprint = Blueprint::default();
        for entry in WalkDir::new(self.folder).min_depth(1).into_iter().filter_map(Result::ok) {
            let Ok(path) = entry.path().strip_prefix(self.folder) else {
                continue;
            };
            if path == Path::new(CONFIG) {
                // It keeps the proof, and its own digest.
                blueprint.add_apart(path.to_owned());
                continue;
            }
            let source = if entry.file_type().is_file() {
                Source::Like(entry.path().to_owned())
            } else if let Ok(target) = fs::read_link(entry.path()) {
                Source::Link(target)
            } else {
                continue;
            };
            let item = Item {
                owner: None,
                executable: Some(false),
                source,
            };
            blueprint.add(path.to_owned(), item);
        }
        Ok(blueprint)
    }

    /// Makes what is generated for a snapshot, which was the last to be added to the blueprint.
    ///
    /// # Errors
    /// When the folder cannot be written, or a tree is not what the snapshot says.
    pub fn generated(
        &self,
        blueprint: &mut Blueprint,
        (snapshot, share): (&Snapshot, Share),
        truths: &[Truth],
    ) -> Result<(), Remade> {
        let mut possible = snapshot.clone();
        let mut partial = vec![false; truths.len()];
        for (index, generated) in possible.generated.iter_mut().enumerate() {
            if truths[index] == Truth::Record {
                let before = generated.scripts.len();
                generated.scripts.retain(|script| script.original.is_none());
                partial[index] = generated.scripts.len() != before;
                generated.script_bytecode.clear();
            }
        }
        let trees: Vec<PathBuf> = truths.iter().map(Truth::folder).collect();
        for generated in &possible.generated {
            for (path, _) in generated_for(generated, share) {
                let folder = self.folder.join(&path);
                let folder = folder.parent().unwrap_or(self.folder);
                fs::create_dir_all(folder).map_err(AssembleError::io("create folder", folder))?;
            }
        }
        let assembly = Assembly {
            snapshot: &possible,
            trees: &trees,
            target: self.folder,
            python: self.python,
            mode: LinkMode::Copy,
            verify: Verify::Quick,
            in_the_way: InTheWay::Replaced,
        };
        match share {
            Share::All => generate(&assembly)?,
            Share::OverLayer => generate_scripts(&assembly)?,
        }
        for (index, generated) in snapshot.generated.iter().enumerate() {
            let owner = Some(blueprint.owner_of(snapshot, index));
            for (path, kind) in generated_for(generated, share) {
                let made = self.folder.join(&path);
                let is_record = path.file_name().is_some_and(|name| name == RECORD);
                let source = match kind {
                    _ if !made.exists() || is_record && partial[index] => Source::There,
                    Kind::Bytecode => Source::Bytecode(made),
                    Kind::Script | Kind::Plain => Source::Like(made),
                };
                // Those of a layer are nobody's to run.
                let executable = Some(kind == Kind::Script && self.python != Path::new(LAYER_PYTHON));
                blueprint.add(
                    path,
                    Item {
                        owner,
                        executable,
                        source,
                    },
                );
            }
        }
        Ok(())
    }
}
