//! Failed builds: what they miss is named with the command that installs it; where the user wants that, it is installed, once.

use std::process::Command;

use super::context::Context;
use super::error::PipelineError;
use crate::build::{Book, Child, Manager};
use crate::settings::SystemPackages;

/// The user's own book of packages, beside their settings.
const USERS_BOOK: &str = "snapenv/system-packages.toml";

/// What helps a failed build.
struct Remedy {
    text: String,
    command: Vec<String>,
}

impl Context<'_> {
    /// The error with what would help in its hint; or, if the user lets packages be installed and one helps, the outcome of trying again.
    ///
    /// # Errors
    /// The error, or that of the second try.
    pub(super) fn remedied<T>(
        &self,
        error: PipelineError,
        again: impl FnOnce() -> Result<T, PipelineError>,
    ) -> Result<T, PipelineError> {
        let Some(remedy) = self.remedy(&error) else {
            return Err(error);
        };
        if self.settings.building.system_packages == SystemPackages::Installed && self.install_packages(&remedy) {
            return again().map_err(|error| match self.remedy(&error) {
                Some(remedy) => remedy.of(error),
                None => error,
            });
        }
        Err(remedy.of(error))
    }

    fn remedy(&self, error: &PipelineError) -> Option<Remedy> {
        let lack = self.book().diagnose(error.output()?)?;
        let manager = Manager::in_path(self.world.variable("PATH").unwrap_or_default())?;
        let command = manager.command(&lack.packages(manager)?);
        Some(Remedy {
            text: format!("{} {} is missing: {}", lack.kind, lack.name, command.join(" ")),
            command,
        })
    }

    fn book(&self) -> Book {
        let path = self.world.config_home.as_ref().map(|folder| folder.join(USERS_BOOK));
        let users = path
            .as_ref()
            .and_then(|path| std::fs::read_to_string(path).ok())
            .unwrap_or_default();
        Book::with(&users)
            .or_else(|error| {
                let path = path.unwrap_or_default();
                self.progress.warn(&format!("{}: {error}", path.display()));
                Book::with("")
            })
            .unwrap_or_default()
    }

    /// Whether the packages could be installed.
    fn install_packages(&self, remedy: &Remedy) -> bool {
        let Some((program, arguments)) = remedy.command.split_first() else {
            return false;
        };
        self.progress.step(&format!("{}; installing it", remedy.text));
        let mut command = Command::new(program);
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        let child = Child {
            command,
            limit: self.settings.building.limit,
            progress: self.progress,
        };
        let reason = match child.run() {
            Ok(finished) if finished.code == Some(0) => return true,
            Ok(finished) => finished.log.lines().last().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        };
        self.progress.warn(&format!("{program} could not install it: {reason}"));
        false
    }
}

impl Remedy {
    fn of(self, error: PipelineError) -> PipelineError {
        PipelineError::Lacking {
            source: Box::new(error),
            remedy: self.text,
        }
    }
}
