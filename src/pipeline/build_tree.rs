//! A source tree about to be built: unpacked, its build environment assembled, its backend asked what else it needs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use pep440_rs::Version;

use super::build_environment::BuildEnvironment;
use super::build_requires::BuildAsker;
use super::error::PipelineError;
use super::obtain::Workshop;
use super::seats::Seat;
use crate::build::{Backend, BackendError, BuildError, BuildSystem, ConfigSettings, Declared, Product, unpack};
use crate::environment::snapshot::Snapshot;
use crate::fs::Context as _;
use crate::key::SnapshotKey;
use crate::resolve::ResolveError;
use crate::store::Staging;
use crate::wheel::{Metadata, Wheel};

/// The first pip whose build environments look at build constraints only.
const OWN_CONSTRAINTS: [u64; 2] = [26, 3];
/// The first pip that builds everything by PEP 517.
const NO_SETUP_PY: [u64; 2] = [25, 3];
/// What a project that names no backend ought to require.
const SETUPTOOLS: &str = "setuptools>=40.8.0";

/// What is to be built.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    /// Name and version, or the folder: what messages call it.
    pub(super) project: &'a str,
    /// Where the source is.
    pub(super) source: Source<'a>,
    /// What the backend is told.
    pub(super) settings: &'a ConfigSettings,
    /// What is made of it.
    pub(super) product: Product,
}

/// Where a source tree is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// In an sdist, or in a folder of it.
    Archive {
        /// The sdist.
        archive: &'a Path,
        /// The folder, relative to the tree that the sdist holds.
        part: Option<&'a str>,
    },
    /// In a folder, where it is built as it lies.
    Folder(&'a Path),
}

/// A source tree with everything that its backend needs, and what the backend has made of it so far.
#[derive(Debug)]
pub(super) struct Ready {
    system: BuildSystem,
    root: PathBuf,
    environment: BuildEnvironment,
    /// What the build environment holds: what the project requires, then what its backend does.
    held: Vec<Arc<Snapshot>>,
    prepares: bool,
    metadata: OnceLock<PathBuf>,
    wheel: OnceLock<PathBuf>,
    /// Where all that is; removed with it.
    staging: Staging,
}

/// A source tree that is ready to be built.
pub(super) struct BuildTree<'a> {
    workshop: &'a Workshop<'a>,
    order: Order<'a>,
    ready: Ready,
}

impl Workshop<'_> {
    /// The metadata of a source tree, as its backend prepares them (PEP 517, PEP 660), or as they are in the wheel that it builds;
    /// that one is shown to `built`, with what it was built among.
    ///
    /// # Errors
    /// When it cannot be built. [`ResolveError::Beyond`] where only pip knows how.
    pub(super) fn prepare_metadata(
        &self,
        order: Order,
        built: impl FnOnce(&Path, &Metadata, Vec<SnapshotKey>),
    ) -> Result<Metadata, PipelineError> {
        let tree = self.build_tree(order)?;
        let metadata = if let Some(folder) = tree.metadata()? {
            let path = folder.join("METADATA");
            let content = std::fs::read(&path).context("read", &path)?;
            Metadata::parse(&content).map_err(|error| BuildError::Metadata {
                project: order.project.to_owned(),
                reason: format!("{}: {error}", path.display()),
            })?
        } else {
            let path = tree.wheel()?;
            let metadata = Wheel::open(&path).map_err(BuildError::from)?.metadata().clone();
            if self.context.isolates() {
                built(&path, &metadata, tree.held());
            }
            metadata
        };
        // What an archive came to was shown.
        if matches!(order.source, Source::Folder(_)) || tree.ready.wheel.get().is_none() || !self.context.isolates() {
            self.context.builds.put_by(&order, tree.ready);
        }
        Ok(metadata)
    }

    /// Makes a source tree ready to be built.
    ///
    /// # Errors
    /// When it is no project, its build requirements cannot be met, or its backend fails. [`ResolveError::Beyond`] where only pip knows
    /// how.
    pub(super) fn build_tree<'a>(&'a self, order: Order<'a>) -> Result<BuildTree<'a>, PipelineError> {
        let context = self.context;
        if let Some(ready) = context.builds.ready(&order) {
            return Ok(BuildTree {
                workshop: self,
                order,
                ready,
            });
        }
        let staging = context.store.staging()?;
        for folder in ["source", "control", "metadata", "wheel"] {
            let path = staging.join(folder);
            std::fs::create_dir(&path).context("create folder", &path)?;
        }
        let root = match order.source {
            Source::Folder(folder) => folder.to_owned(),
            Source::Archive { archive, part } => {
                let _seat = self.seat();
                let into = staging.join("source");
                let tree = unpack(archive, &into, &context.facts.executable, context.store.limits()).map_err(BuildError::from)?;
                part.map_or_else(|| tree.clone(), |part| tree.join(part))
            }
        };
        let system = BuildSystem::of(&root, order.project).map_err(BuildError::from)?;
        self.left_to_pip(&system)?;
        if !context.isolates() {
            let ready = Ready {
                environment: BuildEnvironment::shared(self.interpreter()?),
                root,
                system,
                held: Vec::new(),
                // As pip does: what the backend requires is not even asked for.
                prepares: true,
                metadata: OnceLock::new(),
                wheel: OnceLock::new(),
                staging,
            };
            return Ok(BuildTree {
                workshop: self,
                order,
                ready,
            });
        }
        let builds = context.builds.below(order.project)?;
        let asker = BuildAsker {
            project: order.project,
            builds: &builds,
            search: self.search,
            pip: self.pip_record,
        };
        let required = context.resolve_build_requirements(&system.requires, &asker)?;
        if system.declared == Declared::Requirements {
            self.check_setuptools(&required, order.project)?;
        }
        let ready = Ready {
            environment: context.build_environment(&required)?,
            root,
            system,
            held: vec![required],
            prepares: false,
            metadata: OnceLock::new(),
            wheel: OnceLock::new(),
            staging,
        };
        let mut tree = BuildTree {
            workshop: self,
            order,
            ready,
        };
        tree.add_requirements(&asker)?;
        Ok(tree)
    }

    /// The interpreter of the environment in which pip would run: one that is there, or one like that which will be made.
    fn interpreter(&self) -> Result<PathBuf, PipelineError> {
        match self.living {
            Some(python) => Ok(python.to_owned()),
            None => Ok((self.pip)()?.python),
        }
    }

    /// One of as many as build at the same time.
    pub(super) fn seat(&self) -> Seat<'_> {
        let context = self.context;
        let jobs = context
            .settings
            .building
            .jobs
            .map_or_else(|| context.world.cores(), usize::from);
        context.builds.seats(jobs).take()
    }

    /// Where a pip of another version would do something else than we do.
    fn left_to_pip(&self, system: &BuildSystem) -> Result<(), PipelineError> {
        let version: Option<Version> = self.pip_record.version().parse().ok();
        let older_than = |first: [u64; 2]| version.as_ref().is_none_or(|version| *version < Version::new(first));
        let reason = if system.declared == Declared::Nothing && older_than(NO_SETUP_PY) {
            "this pip has a way of its own with projects that have nothing but a setup.py"
        } else if !self.context.settings.asked.constraint_files.is_empty() && older_than(OWN_CONSTRAINTS) {
            "this pip applies some constraints to build requirements, too"
        } else if self.context.settings.answers.contains_key("use-deprecated") {
            "deprecated functionality of pip is asked for"
        } else {
            return Ok(());
        };
        Err(ResolveError::Beyond(reason.to_owned()).into())
    }

    fn check_setuptools(&self, required: &Snapshot, project: &str) -> Result<(), PipelineError> {
        match self.context.unmet(&[SETUPTOOLS.to_owned()], required) {
            Ok(missing) if missing.is_empty() => Ok(()),
            Ok(_) => {
                self.context.progress.warn(&format!(
                    "{project} does not specify a build backend, and its build requirements lack '{SETUPTOOLS}'"
                ));
                Ok(())
            }
            Err(pair) => Err(conflict(project, "PEP 517/518 supported requirements", pair)),
        }
    }
}

impl BuildTree<'_> {
    /// Adds what the backend asks for.
    fn add_requirements(&mut self, asker: &BuildAsker) -> Result<(), PipelineError> {
        let context = self.workshop.context;
        let required = {
            let _seat = self.workshop.seat();
            self.ask(|backend| backend.required(self.order.product))?
        };
        self.ready.prepares = required.prepares;
        let missing = match self
            .ready
            .held
            .first()
            .map(|held| context.unmet(&required.requirements, held))
        {
            None => return Ok(()),
            Some(Ok(missing)) if missing.is_empty() => return Ok(()),
            Some(Ok(missing)) => missing,
            Some(Err(pair)) => return Err(conflict(self.order.project, "the backend dependencies", pair)),
        };
        let more = context.resolve_build_requirements(&missing, asker)?;
        let there = self.ready.held.iter().flat_map(|held| &held.header.distributions);
        // pip would have both, one before the other on the path.
        for (one, other) in there.flat_map(|one| more.header.distributions.iter().map(move |other| (one, other))) {
            if one.name == other.name && one.distribution != other.distribution {
                let reason = format!(
                    "build requirements call for {} twice: {} and {}",
                    one.name, one.version, other.version
                );
                return Err(ResolveError::Beyond(reason).into());
            }
        }
        context.add_to(&self.ready.environment, &more)?;
        self.ready.held.push(more);
        Ok(())
    }

    /// What the build environment holds: what the project requires, then what its backend does.
    pub(super) fn held(&self) -> Vec<SnapshotKey> {
        self.ready.held.iter().map(|held| held.header.key).collect()
    }

    /// Lets the backend prepare metadata; none where it has no hook for that.
    ///
    /// # Errors
    /// When the hook fails.
    pub(super) fn metadata(&self) -> Result<Option<PathBuf>, PipelineError> {
        if !self.ready.prepares {
            return Ok(None);
        }
        if let Some(metadata) = self.ready.metadata.get() {
            return Ok(Some(metadata.clone()));
        }
        let _seat = self.workshop.seat();
        let into = self.ready.staging.join("metadata");
        let metadata = self.ask(|backend| backend.metadata(self.order.product, &into))?;
        Ok(metadata.map(|metadata| self.ready.metadata.get_or_init(|| metadata).clone()))
    }

    /// Lets the backend build, after it has prepared metadata as with pip. The wheel is gone with this.
    ///
    /// # Errors
    /// When a hook fails, or names no wheel.
    pub(super) fn wheel(&self) -> Result<PathBuf, PipelineError> {
        if let Some(wheel) = self.ready.wheel.get() {
            return Ok(wheel.clone());
        }
        let metadata = self.metadata()?;
        let _seat = self.workshop.seat();
        let into = self.ready.staging.join("wheel");
        let wheel = self.ask(|backend| backend.build(self.order.product, &into, metadata.as_deref()))?;
        Ok(self.ready.wheel.get_or_init(|| wheel).clone())
    }

    fn ask<T>(&self, ask: impl FnOnce(&Backend) -> Result<T, BackendError>) -> Result<T, PipelineError> {
        let context = self.workshop.context;
        let asked = ask(&Backend {
            python: &self.ready.environment.python,
            isolation: &self.ready.environment.isolation,
            source: &self.ready.root,
            system: &self.ready.system,
            settings: self.order.settings,
            control: &self.ready.staging.join("control"),
            limit: context.settings.building.limit,
            progress: context.progress,
        });
        Ok(asked.map_err(|source| BuildError::Backend {
            project: self.order.project.to_owned(),
            source: Box::new(source),
        })?)
    }
}

fn conflict(project: &str, with: &'static str, (installed, wanted): (String, String)) -> PipelineError {
    PipelineError::Build(BuildError::Conflict {
        project: project.to_owned(),
        with,
        installed,
        wanted,
    })
}
