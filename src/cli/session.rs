//! What every command begins with: the world, the settings, somebody to talk to.

use std::path::Path;
use std::time::Instant;

use super::target::Target;
use crate::environment::Living;
use crate::fs::Locking;
use crate::index::Connections;
use crate::interpreter::Facts;
use crate::pipeline::{Builds, Context, PipelineError};
use crate::report::{Phase, Terminal, Timeline, Verbosity};
use crate::settings::{Given, Settings, World};
use crate::store::Store;

/// A command that is being run.
pub(super) struct Session {
    pub(super) world: World,
    pub(super) settings: Settings,
    pub(super) terminal: Terminal,
    pub(super) timeline: Timeline,
}

impl Session {
    /// Reads the world and resolves settings; `prefix` is that of the environment whose `pip.conf` counts.
    pub(super) fn start(given: &Given, world: World, prefix: Option<&Path>) -> Result<Self, PipelineError> {
        let terminal = Terminal::new(Verbosity::from_count(given.verbosity));
        let settings = Settings::resolve(given, &world, prefix)?;
        if settings.locking == Locking::Forgone {
            Locking::forgo();
        }
        Ok(Self {
            world,
            settings,
            terminal,
            timeline: Timeline::since(Instant::now()),
        })
    }

    /// Begins for an environment: with its interpreter and its `pip.conf`.
    pub(super) fn of_environment(living: &Living, given: Given, world: &World) -> Result<Self, PipelineError> {
        let given = Given {
            python: Some(living.python().to_string_lossy().into_owned()),
            ..given
        };
        Self::start(&given, world.clone(), Some(&living.folder))
    }

    /// Begins for whatever a command of pip's acts on.
    pub(super) fn of_target(target: &Target, given: Given, world: &World) -> Result<Self, PipelineError> {
        match target {
            Target::Environment(living) => Self::of_environment(living, given, world),
            Target::Interpreter(python) => {
                let given = Given {
                    python: Some(python.to_string_lossy().into_owned()),
                    ..given
                };
                // Its prefix, unless it is a shim; then there is no `pip.conf` either.
                Self::start(&given, world.clone(), python.parent().and_then(Path::parent))
            }
        }
    }

    /// The store.
    pub(super) fn store(&self) -> Result<Store, PipelineError> {
        Context::open_store(&self.settings, &self.world, &self.terminal)
    }

    /// The interpreter.
    pub(super) fn interpreter(&self, store: &Store) -> Result<Facts, PipelineError> {
        let _asking = self.timeline.span(Phase::Interpreter);
        Context::find_interpreter(&self.settings, &self.world, store.home(), &self.terminal)
    }

    /// What the steps of a run need.
    pub(super) fn context<'a>(&'a self, store: &'a Store, facts: &'a Facts) -> Context<'a> {
        Context {
            world: &self.world,
            settings: &self.settings,
            store,
            facts,
            timeline: &self.timeline,
            progress: &self.terminal,
            newest_pip: std::sync::OnceLock::new(),
            builds: Builds::default(),
            connections: Connections::default(),
        }
    }

    /// The name that `--prompt` stands for.
    pub(super) fn prompt(&self, text: Option<&String>) -> Option<String> {
        let current = || {
            self.world
                .current_dir
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        match text.map(String::as_str) {
            Some(".") => current(),
            other => other.map(str::to_owned),
        }
    }
}
