//! Whether an environment still is what was assembled (`docs/proof.md`).

use std::path::{Path, PathBuf};

pub use super::proof_verdict::{Coverage, Place, Placed, Standing, Verdict};

use super::error::PipelineError;
use super::proof_case::{CONFIG, Case, libraries_of};
use super::proof_truth::{Told, Truths};
use crate::environment::proof::{Blueprint, Depth, Kept, Proof, Remade, Remaking, Share, Truth, base_executable};
use crate::environment::snapshot::Snapshot;
use crate::environment::{AssembleError, LAYER_PYTHON, LayerLink};
use crate::interpreter::Facts;
use crate::store::Store;

/// What is said of an environment that keeps nothing.
const NOTHING_KEPT: &str = "it keeps no proof (pip made it on snapenv's behalf, an older snapenv did, or pyvenv.cfg was edited): its RECORDs are all there is";

/// Where what an environment has for itself is made again.
const ENVIRONMENT: &str = "environment";

/// Verifies environments: needs no more than a store to read, and for the skeleton the interpreter.
#[derive(Clone, Copy)]
pub struct Verifier<'a> {
    /// Where snapshots, trees and archives are.
    pub store: &'a Store,
    /// The environment's interpreter, if it can be asked.
    pub facts: Option<&'a Facts>,
    /// How closely.
    pub depth: Depth,
}

impl Verifier<'_> {
    /// Compares an environment, and the layer that it is over, with what was assembled.
    ///
    /// # Errors
    /// When it is none that can be verified, or something cannot be read.
    pub fn verify(&self, folder: &Path) -> Result<Verdict, PipelineError> {
        let kept = Proof::read(folder)?;
        let mut told = Told::default();
        let proof = match kept {
            Kept::Intact(proof) => proof,
            Kept::Edited(proof) => {
                told.changed(Place::Environment, PathBuf::from(CONFIG), None);
                proof
            }
            Kept::Nothing => {
                told.notes.push(NOTHING_KEPT.to_owned());
                Proof {
                    path: folder.to_string_lossy().into_owned(),
                    ..Proof::default()
                }
            }
        };
        if Path::new(&proof.path) != folder {
            told.notes
                .push(format!("it was made at {}, which its scripts name", proof.path));
        }
        let staging = self.store.staging()?;
        let mut case = Case::new((folder, &staging), proof, told);
        self.compare(&mut case)?;
        Ok(case.verdict())
    }

    fn compare(&self, case: &mut Case) -> Result<(), PipelineError> {
        let sealed = case.sealed();
        let truths = Truths::new(self.store, case.staging, self.depth);
        let told = &mut case.told;
        let snapshots: Vec<Option<Snapshot>> = sealed.iter().map(|one| truths.snapshot(*one, told)).collect();
        let snapshots: Option<Vec<Snapshot>> = snapshots.into_iter().collect();
        let snapshots = snapshots.filter(|snapshots| !snapshots.is_empty());
        let with_truths = snapshots.map(|snapshots| {
            let truths: Vec<Vec<Truth>> = snapshots.iter().map(|snapshot| truths.of(snapshot, told)).collect();
            snapshots.into_iter().zip(truths).collect::<Vec<_>>()
        });
        if with_truths.is_none() {
            case.coverage = Coverage::Partial;
        }
        let mut blueprint = self.skeleton(case)?;
        match &with_truths {
            None => {
                for library in libraries_of(case.folder) {
                    blueprint.add_installed(case.folder, &library);
                }
            }
            Some(snapshots) => {
                let python = Path::new(&case.proof.path).join("bin/python");
                let folder = case.folder_for(ENVIRONMENT)?;
                let made = Remaking {
                    folder: &folder,
                    python: &python,
                };
                let share = if case.link.is_some() { Share::OverLayer } else { Share::All };
                for (snapshot, truths) in snapshots {
                    self.add(&mut blueprint, (snapshot, share), truths, &made)?;
                }
                case.add_recorded(&mut blueprint);
            }
        }
        case.look(Place::Environment, (case.folder, &blueprint), self.depth)?;
        if let Some(link) = case.link.clone() {
            self.compare_layer(case, &link, with_truths.as_deref())?;
        }
        Ok(())
    }

    fn compare_layer(
        &self,
        case: &mut Case,
        link: &LayerLink,
        snapshots: Option<&[(Snapshot, Vec<Truth>)]>,
    ) -> Result<(), PipelineError> {
        let mut blueprint = Blueprint::default();
        match snapshots {
            None => {
                for library in link.libraries() {
                    let library = library.strip_prefix(link.layer()).unwrap_or(&library).to_owned();
                    blueprint.add_installed(link.layer(), &library);
                }
            }
            Some(snapshots) => {
                let folder = case.folder_for("layer")?;
                let made = Remaking {
                    folder: &folder,
                    python: Path::new(LAYER_PYTHON),
                };
                for (snapshot, truths) in snapshots {
                    self.add(&mut blueprint, (snapshot, Share::All), truths, &made)?;
                }
            }
        }
        if !link.layer().is_dir() {
            let note = format!("the layer is gone: {}", link.layer().display());
            case.told.notes.push(note);
        }
        // What tools know an environment's code by.
        blueprint.add_apart(PathBuf::from(CONFIG));
        case.look(Place::Layer, (link.layer(), &blueprint), self.depth)
    }

    /// What is known without any snapshot.
    fn skeleton(&self, case: &mut Case) -> Result<Blueprint, PipelineError> {
        let folder = case.folder_for(ENVIRONMENT)?;
        let made = Remaking {
            folder: &folder,
            python: Path::new(""),
        };
        if self.facts.is_none() {
            case.told.notes.push("its interpreter cannot be asked".to_owned());
        }
        let Some(facts) = self.facts.filter(|_| !case.proof.snapshots.is_empty()) else {
            return Ok(case.unknown_skeleton());
        };
        let mut facts = facts.clone();
        // The same interpreter may be known by another of its names today.
        if let Some(executable) = base_executable(case.folder) {
            facts.executable = executable;
        }
        made.skeleton(&case.proof, &facts, case.link.as_ref()).map_err(failed)
    }

    /// Adds a snapshot. Where a tree turns out not to be as it was in mode or time, what is made of it is not compared.
    fn add(
        &self,
        blueprint: &mut Blueprint,
        (snapshot, share): (&Snapshot, Share),
        truths: &[Truth],
        made: &Remaking,
    ) -> Result<(), PipelineError> {
        blueprint.add_snapshot(snapshot, truths, (share, self.depth));
        let mut truths = truths.to_vec();
        loop {
            match made.generated(blueprint, (snapshot, share), &truths) {
                Err(Remade::Assemble(AssembleError::Changed { distribution, .. })) if truths[distribution] != Truth::Record => {
                    truths[distribution] = Truth::Record;
                }
                outcome => return outcome.map_err(failed),
            }
        }
    }
}

fn failed(error: Remade) -> PipelineError {
    match error {
        Remade::Skeleton(error) => error.into(),
        Remade::Assemble(error) => error.into(),
        Remade::Link(error) => error.into(),
    }
}
