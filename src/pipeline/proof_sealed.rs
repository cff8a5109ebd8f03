//! What environments keep of how they were assembled.

use std::path::Path;

use super::context::Context;
use super::editables::Editable;
use super::error::PipelineError;
use super::fill::Filled;
use super::source::Source;
use super::venv::Wish;
use crate::environment::Living;
use crate::environment::proof::{Proof, Recorded, Sealed, recorded_in};
use crate::environment::snapshot::Snapshot;

impl Context<'_> {
    /// Gives an environment that grows in `folder` its proof, when all else of it is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn seal(&self, wish: &Wish, source: &Source, (folder, destination): (&Path, &Path)) -> Result<(), PipelineError> {
        let filled = source.filled.as_ref();
        let proof = Proof {
            path: destination.to_string_lossy().into_owned(),
            prompt: wish.prompt.clone(),
            snapshots: vec![sealed(&source.snapshot)],
            recorded: filled.map(|filled| self.left_to_records(filled, folder)).unwrap_or_default(),
        };
        Ok(proof.seal(folder)?)
    }

    /// Notes the editable projects that pip has installed into a new environment.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(super) fn seal_editables(&self, filled: &Filled, environment: &Path) -> Result<(), PipelineError> {
        let recorded = self.left_to_records(filled, environment);
        Ok(Proof::amend(environment, |proof| proof.recorded = recorded)?)
    }

    /// Notes what was added to a flat environment.
    pub(super) fn seal_added(&self, living: &Living, added: &Snapshot, filled: Option<&Filled>) {
        self.amended(living, filled, |proof| {
            if !added.header.distributions.is_empty() {
                proof.snapshots.push(sealed(added));
            }
        });
    }

    /// Notes the snapshot that a layered environment is over now.
    pub(super) fn seal_switched(&self, living: &Living, now: &Snapshot, filled: Option<&Filled>) {
        self.amended(living, filled, |proof| proof.snapshots = vec![sealed(now)]);
    }

    /// What was done is done: an environment whose proof does not say so is one that was changed.
    fn amended(&self, living: &Living, filled: Option<&Filled>, change: impl FnOnce(&mut Proof)) {
        let recorded = filled
            .map(|filled| self.left_to_records(filled, &living.folder))
            .unwrap_or_default();
        let amended = Proof::amend(&living.folder, |proof| {
            change(proof);
            proof
                .recorded
                .retain(|known| recorded.iter().all(|one| one.dist_info != known.dist_info));
            proof.recorded.extend(recorded);
        });
        if let Err(error) = amended {
            self.progress
                .warn(&format!("{error}; `snapenv verify` will call what was added a change"));
        }
    }

    /// The editable projects of an answer that are in no snapshot.
    fn left_to_records(&self, filled: &Filled, environment: &Path) -> Vec<Recorded> {
        let names: Vec<&str> = filled.editables.iter().map(Editable::name).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let scheme = &self.facts.scheme;
        let mut libraries = vec![&scheme.purelib, &scheme.platlib];
        libraries.dedup();
        let recorded = libraries
            .into_iter()
            .flat_map(|library| recorded_in(environment, library, &names));
        recorded.collect()
    }
}

fn sealed(snapshot: &Snapshot) -> Sealed {
    Sealed {
        key: snapshot.header.key,
        manifest: snapshot.header.manifest,
    }
}
