//! Settings files: `[tool.snapenv]` in the project's `pyproject.toml`, and the user's own `snapenv.toml`.

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
use super::world::World;
use crate::fs::{Form, Verify};

/// What a settings file may say; each key is named like the option it stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default, expecting = "a table of settings")]
pub struct Filed {
    /// The store's folder; only the user's file may say it.
    pub cache_dir: Option<PathBuf>,
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
}

/// Parsed while the file is read: then the error can show the line.
fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

fn age<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_age(&text).map(Some).map_err(D::Error::custom)
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_size(&text).map(Some).map_err(D::Error::custom)
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
    /// Reads both files; what the project says goes before what the user says.
    ///
    /// # Errors
    /// When a file cannot be read, or says something that is no setting.
    pub fn load(world: &World) -> Result<Self, SettingsError> {
        let project = match project_file(&world.current_dir) {
            Some(path) => Self::of_project(&path)?,
            None => Self::default(),
        };
        let user = match &world.config_home {
            Some(folder) => Self::of_user(&folder.join("snapenv"), world.home.as_deref())?,
            None => Self::default(),
        };
        Ok(Self {
            cache_dir: user.cache_dir,
            max_size: user.max_size,
            python: project.python.or(user.python),
            link_mode: project.link_mode.or(user.link_mode),
            verify: project.verify.or(user.verify),
            standby: project.standby.or(user.standby),
            max_age: project.max_age.or(user.max_age),
            offline: project.offline.or(user.offline),
            resolver: project.resolver.or(user.resolver),
            build_timeout: project.build_timeout.or(user.build_timeout),
            jobs: project.jobs.or(user.jobs),
        })
    }

    fn of_project(path: &Path) -> Result<Self, SettingsError> {
        let text = read(path)?;
        // Most projects say nothing to us: their file is not parsed, and what is wrong in it is not ours to tell.
        if !text.contains("snapenv") {
            return Ok(Self::default());
        }
        let project: Project = toml::from_str(&text).map_err(|error| wrong(path, &error))?;
        let filed = project.tool.and_then(|tools| tools.snapenv).unwrap_or_default();
        let users_own = [
            ("cache-dir", filed.cache_dir.is_some()),
            ("max-size", filed.max_size.is_some()),
        ];
        if let Some((name, _)) = users_own.iter().find(|(_, said)| *said) {
            return Err(SettingsError::File {
                path: path.to_owned(),
                reason: format!("a project does not decide about the store: {name} belongs into your own snapenv.toml"),
            });
        }
        Ok(filed)
    }

    fn of_user(folder: &Path, home: Option<&Path>) -> Result<Self, SettingsError> {
        let path = folder.join("snapenv.toml");
        let filed: Self = toml::from_str(&read(&path)?).map_err(|error| wrong(&path, &error))?;
        Ok(Self {
            cache_dir: filed.cache_dir.map(|store| placed(&store, folder, home)),
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
            variables: BTreeMap::new(),
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
}
