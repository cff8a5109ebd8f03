//! Filesystems that are mounted for one test.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::sandbox::Sandbox;
use crate::skipped::skipped;

/// What is in an image.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Xfs,
    Btrfs,
}

/// A mounted filesystem. It is unmounted when this is dropped, and when the test is killed, too; the sandbox has to outlive it.
pub(crate) struct Mount {
    folder: PathBuf,
    /// Unmounts when its input ends, whichever way this process ends.
    keeper: Child,
}

impl Mount {
    /// A new filesystem in an image, on the folder `name` of the sandbox; says why where that cannot be.
    pub(super) fn image(sandbox: &Sandbox, kind: Kind, name: &str) -> Option<Self> {
        let (program, options, megabytes): (_, &[&str], u64) = match kind {
            Kind::Xfs => ("mkfs.xfs", &["-q", "-m", "reflink=1"], 320),
            Kind::Btrfs => ("mkfs.btrfs", &["-q"], 160),
        };
        let what = format!("link modes on {kind:?}");
        let image = sandbox.root().join(format!("{name}.image"));
        File::create(&image).unwrap().set_len(megabytes << 20).unwrap();
        if let Err(why) = run(tool(program).args(options).arg(&image)) {
            skipped(&what, &why);
            return None;
        }
        Self::with(sandbox, &what, name, &["-o", "loop", image.to_str().unwrap()])
    }

    /// A tmpfs on the folder `name` of the sandbox; says for `what` why where that cannot be.
    pub(crate) fn tmpfs(sandbox: &Sandbox, what: &str, name: &str, options: &str) -> Option<Self> {
        Self::with(sandbox, what, name, &["-t", "tmpfs", "-o", options, "tmpfs"])
    }

    /// Makes the folder `name` of the sandbox read-only.
    pub(super) fn read_only(sandbox: &Sandbox, what: &str, name: &str) -> Option<Self> {
        let folder = sandbox.root().join(name);
        let mount = Self::with(sandbox, what, name, &["--bind", folder.to_str().unwrap()])?;
        run(tool("mount").args(["-o", "remount,bind,ro"]).arg(&folder)).unwrap();
        Some(mount)
    }

    fn with(sandbox: &Sandbox, what: &str, name: &str, arguments: &[&str]) -> Option<Self> {
        let folder = sandbox.root().join(name);
        fs::create_dir_all(&folder).unwrap();
        if !rustix::process::geteuid().is_root() {
            skipped(what, "only root may mount");
            return None;
        }
        if let Err(why) = run(tool("mount").args(arguments).arg(&folder)) {
            skipped(what, &why);
            return None;
        }
        let keeper = tool("sh")
            .args(["-c", "read -r _; umount \"$1\" || umount -l \"$1\"", "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt from the terminal is not for it.
            .process_group(0)
            .spawn()
            .unwrap();
        Some(Self { folder, keeper })
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A program of the system; those for filesystems are not on everybody's `PATH`.
pub(super) fn tool(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// Runs a program; the reason if it cannot be started or fails.
pub(super) fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{name} fails: {}", text(&output.stderr)))
    }
}

/// A folder in memory that is on another filesystem than the sandbox, if this machine has one.
pub(super) fn elsewhere(sandbox: &Sandbox, what: &str) -> Option<tempfile::TempDir> {
    let device = |path: &Path| super::inode(path).0;
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() || device(memory) == device(sandbox.root()) {
        skipped(what, "/dev/shm is no filesystem of its own");
        return None;
    }
    let folder = tempfile::Builder::new().prefix("snapenv-it-").tempdir_in(memory);
    folder.map_err(|error| skipped(what, &error.to_string())).ok()
}
