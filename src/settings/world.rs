//! The world as it is when snapenv starts.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::error::SettingsError;

/// Environment, folders and clock, read once.
#[derive(Debug, Clone)]
pub struct World {
    /// Variables that are text; others are of no interest here.
    pub variables: BTreeMap<String, String>,
    /// The current folder, absolute.
    pub current_dir: PathBuf,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// Where a store goes that is not named.
    pub cache_home: Option<PathBuf>,
    /// Where the user's settings are.
    pub config_home: Option<PathBuf>,
    /// Where a store for one run goes.
    pub temporary: PathBuf,
    /// Seconds since 1970.
    pub now: u64,
}

impl World {
    /// Reads it.
    ///
    /// # Errors
    /// When the current folder does not exist any more, or a variable that names a store is not text.
    pub fn read() -> Result<Self, SettingsError> {
        for variable in ["SNAPENV_CACHE_DIR", "SNAPENV_READ_STORES"] {
            if std::env::var_os(variable).is_some_and(|value| value.to_str().is_none()) {
                let reason = "its value is not UTF-8: choose a path for the store that is".to_owned();
                return Err(SettingsError::Variable { variable, reason });
            }
        }
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Ok(Self {
            variables: std::env::vars_os().filter_map(text).collect(),
            current_dir: std::env::current_dir().map_err(SettingsError::CurrentDir)?,
            home: dirs::home_dir(),
            cache_home: dirs::cache_dir(),
            config_home: dirs::config_dir(),
            temporary: std::env::temp_dir(),
            now: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        })
    }

    /// Cores that this process may use. Asked for when they are needed: limits of containers take a dozen files to find.
    pub fn cores(&self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    /// A variable that is set to something.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A switch among our own variables, if it is set: on unless it is `0`, `no`, `off` or `false`.
    pub fn switch(&self, name: &str) -> Option<bool> {
        let off = |value: &str| ["0", "no", "off", "false"].contains(&value.to_ascii_lowercase().as_str());
        self.variable(name).map(|value| !off(value))
    }
}
