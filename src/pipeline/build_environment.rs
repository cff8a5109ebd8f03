//! Build environments: an interpreter, what the build requires, and nothing else; assembled from the store, gone after the build.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::PipelineError;
use crate::build::Isolation;
use crate::environment::snapshot::Snapshot;
use crate::environment::{Seed, Skeleton, SystemSite};
use crate::fs::Context as _;
use crate::store::Staging;

/// A build environment.
#[derive(Debug)]
pub(super) struct BuildEnvironment {
    /// Where it was made, and is removed with it; nothing where it is somebody else's.
    own: Option<(Staging, PathBuf)>,
    /// Its interpreter.
    pub(super) python: PathBuf,
    /// What processes of the build see besides.
    pub(super) isolation: Isolation,
}

impl BuildEnvironment {
    /// Somebody else's environment, in which is built among what is installed there.
    pub(super) fn shared(python: PathBuf) -> Self {
        Self {
            own: None,
            python,
            isolation: Isolation::Off,
        }
    }
}

impl Context<'_> {
    /// Assembles a build environment; the caller's `PATH` is behind its scripts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn build_environment(&self, snapshot: &Snapshot) -> Result<BuildEnvironment, PipelineError> {
        let staging = self.store.staging()?;
        let folder = staging.join("build");
        std::fs::create_dir(&folder).context("create folder", &folder)?;
        let skeleton = Skeleton {
            facts: self.facts,
            destination: &folder,
            prompt: None,
            system_site_packages: SystemSite::Hidden,
            seed: Seed::Without,
        };
        skeleton.write(&folder)?;
        let scripts = folder.join(&self.facts.scheme.scripts);
        let environment = BuildEnvironment {
            python: scripts.join("python"),
            isolation: Isolation::On {
                path: self.path_behind(&scripts),
            },
            own: Some((staging, folder)),
        };
        self.add_to(&environment, snapshot)?;
        Ok(environment)
    }

    /// Adds what the backend asks for beyond what the project says.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn add_to(&self, environment: &BuildEnvironment, snapshot: &Snapshot) -> Result<(), PipelineError> {
        if let (Some((_, folder)), false) = (&environment.own, snapshot.header.distributions.is_empty()) {
            self.assemble(snapshot, folder, &environment.python)?;
        }
        Ok(())
    }

    /// Whether builds have environments of their own.
    pub(super) fn isolates(&self) -> bool {
        !self.settings.answers.contains_key("no-build-isolation")
    }

    fn path_behind(&self, scripts: &Path) -> OsString {
        let mut path = scripts.as_os_str().to_owned();
        if let Some(callers) = self.world.variable("PATH") {
            path.push(":");
            path.push(callers);
        }
        path
    }
}
