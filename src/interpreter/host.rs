//! The machine, as far as it is part of an interpreter's description.

use std::fs;
use std::path::Path;

use rustix::system::uname;

/// What describes this machine and may change while its interpreters stay the same.
///
/// It is taken anew for every run: a kernel update changes two markers of PEP 508 but no interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Tells this machine from others that share a store: host name and machine id.
    pub id: String,
    /// `platform_machine`; a 32-bit personality (`linux32`) changes it.
    pub machine: String,
    /// `platform_release`.
    pub release: String,
    /// `platform_version`.
    pub version: String,
    /// `ID` and `VERSION_ID` of os-release, such as `debian 12`; empty where there is none.
    pub os_release: String,
    /// `LD_LIBRARY_PATH`, which decides the `libpython` of interpreters with a shared one.
    pub library_path: Option<String>,
}

impl Host {
    /// Asks the kernel and `/etc`; `library_path` is `LD_LIBRARY_PATH`.
    pub fn detect(library_path: Option<String>) -> Self {
        let system = uname();
        let text = |value: &std::ffi::CStr| value.to_string_lossy().into_owned();
        let machine_id = fs::read_to_string("/etc/machine-id").unwrap_or_default();
        let os_release = [Path::new("/etc/os-release"), Path::new("/usr/lib/os-release")]
            .into_iter()
            .find_map(|file| fs::read_to_string(file).ok())
            .unwrap_or_default();
        Self {
            id: format!("{} {}", text(system.nodename()), machine_id.trim()),
            machine: text(system.machine()),
            release: text(system.release()),
            version: text(system.version()),
            os_release: distribution(&os_release),
            library_path,
        }
    }
}

/// `ID` and `VERSION_ID` of an os-release file, without their optional quotes.
fn distribution(os_release: &str) -> String {
    let field = |wanted: &str| {
        os_release.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key == wanted).then(|| value.trim().trim_matches(['"', '\'']))
        })
    };
    let id = field("ID").unwrap_or_default();
    match field("VERSION_ID") {
        Some(version) => format!("{id} {version}"),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_told_apart() {
        assert_eq!(
            distribution("NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\nID_LIKE=x\n"),
            "debian 12"
        );
        assert_eq!(distribution("ID='arch'\n"), "arch");
        assert_eq!(distribution(""), "");
    }

    #[test]
    fn the_kernel_has_a_name() {
        let host = Host::detect(None);
        assert!(!host.machine.is_empty() && !host.release.is_empty());
    }
}
