//! Where pip looks for its configuration files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The candidate files of pip's configuration, weakest first; none needs to exist.
///
/// For pip's `--isolated` the caller empties `user` and hands [`super::load`] an empty environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigPlaces {
    /// System-wide files: the `pip` folders of `XDG_CONFIG_DIRS`, then `/etc/pip.conf`.
    pub global: Vec<PathBuf>,
    /// The user's files: the legacy `~/.pip/pip.conf`, then `pip/pip.conf` below `XDG_CONFIG_HOME`; not read when `named` exists.
    pub user: Vec<PathBuf>,
    /// `pip.conf` of the environment or interpreter that pip would run in.
    pub site: PathBuf,
    /// `PIP_CONFIG_FILE`; `/dev/null` switches every file off.
    pub named: Option<PathBuf>,
    /// The home folder, which `~` stands for in path options.
    pub home: PathBuf,
}

impl ConfigPlaces {
    /// Computes the places as pip does on Linux (platformdirs, XDG Base Directory Specification); touches no file.
    ///
    /// `prefix` is `sys.prefix` of the interpreter that pip would run in.
    pub fn new(env: &BTreeMap<String, String>, home: &Path, prefix: &Path) -> Self {
        let absolute = |path: &&str| Path::new(path).is_absolute();
        let mut global: Vec<PathBuf> = env
            .get("XDG_CONFIG_DIRS")
            .map(|folders| {
                folders
                    .split(':')
                    .map(str::trim)
                    .filter(absolute)
                    .map(|folder| Path::new(folder).join("pip/pip.conf"))
                    .collect()
            })
            .unwrap_or_default();
        if global.is_empty() {
            global.push(PathBuf::from("/etc/xdg/pip/pip.conf"));
        }
        global.push(PathBuf::from("/etc/pip.conf"));

        let xdg = env
            .get("XDG_CONFIG_HOME")
            .map(|path| path.trim())
            .filter(absolute)
            .map_or_else(|| home.join(".config"), PathBuf::from);
        Self {
            global,
            user: vec![home.join(".pip/pip.conf"), xdg.join("pip/pip.conf")],
            site: prefix.join("pip.conf"),
            named: env.get("PIP_CONFIG_FILE").map(PathBuf::from),
            home: home.to_owned(),
        }
    }

    /// The files to read, weakest first.
    pub(super) fn files(&self) -> Vec<&Path> {
        let named = self.named.as_deref();
        if named == Some(Path::new("/dev/null")) {
            return Vec::new();
        }
        let user: &[PathBuf] = if named.is_some_and(Path::exists) { &[] } else { &self.user };
        let mut files: Vec<&Path> = Vec::new();
        let candidates = self.global.iter().chain(user).chain([&self.site]);
        for path in candidates.map(PathBuf::as_path).chain(named) {
            // pip keeps a file that is met twice at its first, weaker place.
            if !files.contains(&path) {
                files.push(path);
            }
        }
        files
    }
}
