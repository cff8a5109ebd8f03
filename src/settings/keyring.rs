//! The program that knows credentials.

use std::env::split_paths;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::given::Given;
use super::pip_config::PipConfig;
use super::world::World;

/// Whether the `keyring` program is to be asked (`--keyring-provider`): if it is named, or there while nothing forbids questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringUse {
    /// If there is one.
    Asked,
    /// Never.
    Silent,
    /// pip is to ask it as a module (`import`): only pip can.
    Imported,
}

impl KeyringUse {
    pub(super) fn new(given: &Given, config: &PipConfig) -> Self {
        let typed = given.values("keyring-provider").last();
        let quiet = || given.options.iter().any(|given| given.option.long == "no-input") || config.flag("no-input") == Some(true);
        match typed.or(config.text("keyring-provider")).unwrap_or("auto") {
            "subprocess" => Self::Asked,
            "auto" if !quiet() => Self::Asked,
            "import" => Self::Imported,
            _ => Self::Silent,
        }
    }

    /// The program on `PATH`. This looks at the filesystem, which a hit has no need of.
    pub fn program(self, world: &World) -> Option<PathBuf> {
        let path = world.variable("PATH").filter(|_| self == Self::Asked)?;
        split_paths(path)
            .map(|folder| world.current_dir.join(folder).join("keyring"))
            .find(|program| is_executable(program))
    }
}

fn is_executable(program: &Path) -> bool {
    std::fs::metadata(program).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
