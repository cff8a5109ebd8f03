//! Running as a user without rights, for tests that run as root.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::interpreters::{self, Interpreter};
use crate::sandbox::Sandbox;
use crate::skipped::skipped;

const NOBODY: [&str; 4] = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];

/// `snapenv` for a user without rights, with a home and a store of its own and an interpreter that it may start; says for `what` why
/// that cannot be. Only root may call this.
pub(crate) fn as_nobody(sandbox: &Sandbox, what: &str) -> Option<(Command, &'static Interpreter)> {
    let binary = sandbox.root().join("snapenv");
    fs::copy(env!("CARGO_BIN_EXE_snapenv"), &binary).unwrap();
    fs::set_permissions(sandbox.root(), fs::Permissions::from_mode(0o755)).unwrap();
    let may_run = |program: &Path, argument: &str| {
        let run = NOBODY
            .iter()
            .map(AsRef::as_ref)
            .chain([program.as_os_str(), argument.as_ref()]);
        Command::new("setpriv")
            .args(run)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !may_run(&binary, "--version") {
        skipped(what, "setpriv cannot start snapenv as another user");
        return None;
    }
    let Some(python) = interpreters::all().iter().find(|python| may_run(&python.executable, "-V")) else {
        skipped(what, "no interpreter can be started by another user than root");
        return None;
    };
    let mut command = sandbox.command("setpriv", NOBODY);
    for (variable, folder) in [
        ("HOME", "nobody"),
        ("SNAPENV_CACHE_DIR", "nobody/cache"),
        ("TMPDIR", "nobody/tmp"),
    ] {
        let folder = sandbox.root().join(folder);
        fs::create_dir_all(&folder).unwrap();
        chown(&folder, Some(65534), Some(65534)).unwrap();
        command.env(variable, folder);
    }
    command
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME");
    command.env("PATH", python.executable.parent().unwrap()).arg(&binary);
    Some((command, python))
}
