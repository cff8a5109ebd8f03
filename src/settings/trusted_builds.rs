//! Which builds the owner of a machine trusts.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::Deserialize;

use super::error::SettingsError;
use super::filed::Filed;

/// Wherever variables lead: a job may set them.
const FILE: &str = "/etc/xdg/snapenv/snapenv.toml";

/// Which builds may write to the store that others read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustedBuilds {
    /// Those of which the build server says that they build what is in the repository itself.
    #[default]
    Known,
    /// All builds of this machine.
    All,
}

impl TrustedBuilds {
    /// What the machine's own file says; that it can only be changed by root is looked at.
    ///
    /// # Errors
    /// When the file cannot be read, or others can change it.
    pub fn of_machine() -> Result<Self, SettingsError> {
        Self::said_in(Path::new(FILE))
    }

    fn said_in(path: &Path) -> Result<Self, SettingsError> {
        let Some(said) = Filed::read_from(path)?.ci_trust else {
            return Ok(Self::Known);
        };
        let folders = path.ancestors().take_while(|place| *place != Path::new("/"));
        for place in folders {
            let is_roots = fs::metadata(place).is_ok_and(|of| of.uid() == 0 && of.mode() & 0o022 == 0);
            if !is_roots {
                return Err(SettingsError::File {
                    path: path.to_owned(),
                    reason: format!("it says ci-trust, but others than root can change {}", place.display()),
                });
            }
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_others_can_change_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snapenv.toml");
        assert_eq!(TrustedBuilds::said_in(&path).unwrap(), TrustedBuilds::Known);
        fs::write(&path, "jobs = 2\n").unwrap();
        assert_eq!(TrustedBuilds::said_in(&path).unwrap(), TrustedBuilds::Known);
        fs::write(&path, "ci-trust = \"all\"\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        let error = TrustedBuilds::said_in(&path).unwrap_err().to_string();
        assert!(error.contains("others than root"), "{error}");
    }
}
