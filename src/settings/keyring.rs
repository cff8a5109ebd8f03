//! The program that knows credentials.

use std::env::split_paths;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::given::Given;
use super::pip_config::PipConfig;
use super::world::World;

/// The `keyring` program, if it is to be asked (`--keyring-provider`): named, or there while nothing forbids questions.
///
/// The provider `import` is only pip's.
pub(super) fn keyring(given: &Given, config: &PipConfig, world: &World) -> Option<PathBuf> {
    let typed = given.values("keyring-provider").last();
    let silent = || given.options.iter().any(|given| given.option.long == "no-input") || config.flag("no-input") == Some(true);
    let asked = match typed.or(config.text("keyring-provider")).unwrap_or("auto") {
        "subprocess" => true,
        "auto" => !silent(),
        _ => false,
    };
    let path = world.variable("PATH").filter(|_| asked)?;
    split_paths(path)
        .map(|folder| world.current_dir.join(folder).join("keyring"))
        .find(|program| is_executable(program))
}

fn is_executable(program: &Path) -> bool {
    std::fs::metadata(program).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
