//! Settings files: `[tool.snapenv]` in the project's `pyproject.toml`, the user's own `snapenv.toml`, and the system's.

use std::fmt::Display;
use std::fs;
use std::io;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::age::parse_age;
use super::error::SettingsError;
use super::resolver::Resolver;
use super::size::parse_size;
use super::trusted_builds::TrustedBuilds;
use super::world::World;
use crate::fs::{Form, Sharing, Verify};

/// What a settings file may say; each key is named like the option it stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default, expecting = "a table of settings")]
pub struct Filed {
    /// The store's folder. A project may say neither this nor the next two: nothing in a workspace raises what is trusted.
    pub cache_dir: Option<PathBuf>,
    /// Stores that are only read.
    pub read_stores: Option<Vec<PathBuf>>,
    /// Who may write stores.
    #[serde(deserialize_with = "parsed")]
    pub shared: Option<Sharing>,
    /// How large the store may become, in bytes; only the user's file may say it.
    #[serde(deserialize_with = "size")]
    pub max_size: Option<u64>,
    /// `-p`.
    pub python: Option<String>,
    /// `--link-mode`.
    #[serde(deserialize_with = "parsed")]
    pub link_mode: Option<Form>,
    /// `--verify`.
    #[serde(deserialize_with = "parsed")]
    pub verify: Option<Verify>,
    /// `--standby`.
    pub standby: Option<bool>,
    /// `--max-age`.
    #[serde(deserialize_with = "age")]
    pub max_age: Option<Duration>,
    /// `--offline`.
    pub offline: Option<bool>,
    /// `--resolver`.
    #[serde(deserialize_with = "parsed")]
    pub resolver: Option<Resolver>,
    /// `--build-timeout`, in seconds.
    pub build_timeout: Option<NonZeroU32>,
    /// `--jobs`.
    pub jobs: Option<NonZeroUsize>,
    /// How much a wheel or an sdist may unpack to; only the user's file may say it.
    #[serde(deserialize_with = "size")]
    pub max_unpacked_size: Option<u64>,
    /// Which builds are trusted; only the machine's own file may say it, and only `snapenv ci` asks.
    pub ci_trust: Option<TrustedBuilds>,
}

/// Parsed while the file is read: then the error can show the line.
fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_size(&text).map(Some).map_err(D::Error::custom)
}

fn age<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_age(&text).map(Some).map_err(D::Error::custom)
}

#[derive(Deserialize)]
struct Project {
    tool: Option<Tools>,
}

#[derive(Deserialize)]
#[serde(expecting = "a table of tools")]
struct Tools {
    snapenv: Option<Filed>,
}

impl Filed {
    /// Reads all files; what the project says goes before what the user says, and that before what the system says.
    ///
    /// # Errors
    /// When a file cannot be read, or says something that is no setting.
    pub fn load(world: &World) -> Result<Self, SettingsError> {
        let project = match project_file(&world.current_dir) {
            Some(path) => Self::of_project(&path)?,
            None => Self::default(),
        };
        let systems = world.variable("XDG_CONFIG_DIRS").unwrap_or("/etc/xdg");
        let systems = std::env::split_paths(systems).filter(|folder| folder.is_absolute());
        let mut filed = project;
        for folder in world.config_home.iter().cloned().chain(systems) {
            filed = filed.or(Self::of_user(&folder.join("snapenv"), world.home.as_deref())?);
        }
        Ok(filed)
    }

    /// What is said here, or else there.
    fn or(self, there: Self) -> Self {
        Self {
            cache_dir: self.cache_dir.or(there.cache_dir),
            read_stores: self.read_stores.or(there.read_stores),
            shared: self.shared.or(there.shared),
            max_size: self.max_size.or(there.max_size),
            max_unpacked_size: self.max_unpacked_size.or(there.max_unpacked_size),
            python: self.python.or(there.python),
            link_mode: self.link_mode.or(there.link_mode),
            verify: self.verify.or(there.verify),
            standby: self.standby.or(there.standby),
            max_age: self.max_age.or(there.max_age),
            offline: self.offline.or(there.offline),
            resolver: self.resolver.or(there.resolver),
            build_timeout: self.build_timeout.or(there.build_timeout),
            jobs: self.jobs.or(there.jobs),
            ci_trust: self.ci_trust.or(there.ci_trust),
        }
    }

    /// What a project may not say.
    fn of_stores(&self) -> Option<&'static str> {
        let said = [
            ("cache-dir", self.cache_dir.is_some()),
            ("read-stores", self.read_stores.is_some()),
            ("shared", self.shared.is_some()),
            ("max-size", self.max_size.is_some()),
            ("max-unpacked-size", self.max_unpacked_size.is_some()),
            ("ci-trust", self.ci_trust.is_some()),
        ];
        said.into_iter().find_map(|(name, said)| said.then_some(name))
    }

    fn of_project(path: &Path) -> Result<Self, SettingsError> {
        let text = read(path)?;
        // Most projects say nothing to us: their file is not parsed, and what is wrong in it is not ours to tell.
        if !text.contains("snapenv") {
            return Ok(Self::default());
        }
        let project: Project = toml::from_str(&text).map_err(|error| wrong(path, &error))?;
        let filed = project.tool.and_then(|tools| tools.snapenv).unwrap_or_default();
        if let Some(name) = filed.of_stores() {
            return Err(SettingsError::File {
                path: path.to_owned(),
                reason: format!(
                    "a project does not decide about the store: {name} belongs into your own or the machine's snapenv.toml"
                ),
            });
        }
        Ok(filed)
    }

    /// Reads one file of settings.
    ///
    /// # Errors
    /// When it cannot be read, or says something that is no setting.
    pub(super) fn read_from(path: &Path) -> Result<Self, SettingsError> {
        toml::from_str(&read(path)?).map_err(|error| wrong(path, &error))
    }

    fn of_user(folder: &Path, home: Option<&Path>) -> Result<Self, SettingsError> {
        let filed = Self::read_from(&folder.join("snapenv.toml"))?;
        Ok(Self {
            cache_dir: filed.cache_dir.map(|store| placed(&store, folder, home)),
            read_stores: filed
                .read_stores
                .map(|stores| stores.iter().map(|store| placed(store, folder, home)).collect()),
            ..filed
        })
    }
}

/// Where a path leads that stands in a file in `folder`: the same place from wherever snapenv is called.
fn placed(path: &Path, folder: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => folder.join(path),
    }
}

/// The nearest `pyproject.toml`, from the current folder up.
fn project_file(current_dir: &Path) -> Option<PathBuf> {
    current_dir
        .ancestors()
        .map(|folder| folder.join("pyproject.toml"))
        .find(|path| path.is_file())
}

/// The text of a file; nothing for one that is not there.
fn read(path: &Path) -> Result<String, SettingsError> {
    match fs::read_to_string(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(String::new()),
        Err(error) => Err(SettingsError::File {
            path: path.to_owned(),
            reason: error.to_string(),
        }),
        Ok(text) => Ok(text),
    }
}

fn wrong(path: &Path, error: &toml::de::Error) -> SettingsError {
    SettingsError::File {
        path: path.to_owned(),
        // It shows the line with a mark under what is wrong.
        reason: error.to_string().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn world(root: &Path) -> World {
        World {
            variables: BTreeMap::from([("XDG_CONFIG_DIRS".to_owned(), root.join("none").display().to_string())]),
            current_dir: root.join("project/inner"),
            home: None,
            cache_home: None,
            config_home: Some(root.join("config")),
            temporary: root.to_owned(),
            now: 0,
        }
    }

    fn loaded(project: &str, user: &str) -> Result<Filed, SettingsError> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("project/inner")).unwrap();
        fs::create_dir_all(root.path().join("config/snapenv")).unwrap();
        fs::write(root.path().join("project/pyproject.toml"), project).unwrap();
        fs::write(root.path().join("config/snapenv/snapenv.toml"), user).unwrap();
        Filed::load(&world(root.path()))
    }

    #[test]
    fn the_project_goes_before_the_user() {
        let project = "[tool.snapenv]\nlink-mode = 'layered'\nstandby = false\n";
        let filed = loaded(
            project,
            "link-mode = 'copy'\nstandby = true\ncache-dir = '/store'\nverify = 'full'\n",
        )
        .unwrap();
        assert_eq!(filed.link_mode, Some(Form::Layered));
        assert_eq!(filed.standby, Some(false));
        assert_eq!(filed.cache_dir, Some(PathBuf::from("/store")));
        assert_eq!(filed.verify, Some(Verify::Full));
    }

    #[test]
    fn the_system_is_heard_where_the_user_says_nothing() {
        let root = tempfile::tempdir().unwrap();
        let config = |folder: &str, text: &str| {
            let folder = root.path().join(folder).join("snapenv");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("snapenv.toml"), text).unwrap();
            folder
        };
        config("config", "read-stores = ['/mine', 'near']\n");
        let folder = config("xdg", "read-stores = ['/systems']\nshared = 'group'\ncache-dir = 'here'\n");
        let mut world = world(root.path());
        let systems = root.path().join("xdg").into_os_string().into_string().unwrap();
        world
            .variables
            .insert("XDG_CONFIG_DIRS".to_owned(), format!("relative:{systems}"));
        let filed = Filed::load(&world).unwrap();
        let near = root.path().join("config/snapenv/near");
        assert_eq!(filed.read_stores, Some(vec![PathBuf::from("/mine"), near]));
        assert_eq!(filed.shared, Some(Sharing::Group));
        assert_eq!(filed.cache_dir, Some(folder.join("here")));
    }

    #[test]
    fn a_store_is_at_one_place_wherever_snapenv_is_called() {
        let (folder, home) = (Path::new("/home/me/.config/snapenv"), Some(Path::new("/home/me")));
        let placed = |path: &str| placed(Path::new(path), folder, home);
        assert_eq!(placed("/store"), Path::new("/store"));
        assert_eq!(placed("~/store"), Path::new("/home/me/store"));
        assert_eq!(placed("store"), folder.join("store"));
    }

    #[test]
    fn no_files_say_nothing() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(Filed::load(&world(root.path())).unwrap(), Filed::default());
    }

    #[test]
    fn a_broken_file_that_does_not_concern_us_is_passed_over() {
        assert_eq!(loaded("[project\n", "").unwrap(), Filed::default());
    }

    #[test]
    fn what_is_no_setting_is_refused_with_file_and_line() {
        for (project, user) in [
            ("[tool.snapenv]\nlinkmode = 'copy'\n", ""),
            ("", "standby = 'yes'\n"),
            ("[tool.snapenv]\ncache-dir = '/x'\n", ""),
            ("[tool.snapenv]\nmax-unpacked-size = '64G'\n", ""),
            ("", "max-unpacked-size = 'nonsense'\n"),
            ("[tool.snapenv]\nread-stores = ['/x']\n", ""),
            ("[tool.snapenv]\nshared = 'group'\n", ""),
            ("", "shared = 'everybody'\n"),
            ("[tool.snapenv]\nmax-size = '1G'\n", ""),
            ("", "max-size = 'nonsense'\n"),
            ("[tool.snapenv\n", ""),
            ("[tool]\nsnapenv = 3\n", ""),
            ("[tool.snapenv]\nlink-mode = 'nonsense'\n", ""),
            ("", "verify = 'nonsense'\n"),
            ("", "max-age = 'nonsense'\n"),
        ] {
            let error = loaded(project, user).unwrap_err().to_string();
            assert!(error.contains(".toml: "), "{error}");
            assert!(!error.contains("struct"), "{error}");
            assert_eq!(
                error.contains("nonsense'"),
                project.contains("nonsense") || user.contains("nonsense"),
                "{error}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_file_is_read_or_refused(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "[tool.snapenv]\n", "link-mode", "max-age", "jobs", "max-unpacked-size", "cache-dir", " = ", "'copy'", "'12h'", "-1", "'64G'", "true", "\n", "[",
            "]", "'", "\"", "é", "snapenv",
        ]), 0..12)) {
            let text = pieces.concat();
            let _ = (toml::from_str::<Filed>(&text), toml::from_str::<Project>(&text));
        }
    }
}
