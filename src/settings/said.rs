//! What holds among settings that stand in several places.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::geteuid;

use super::age::parse_age;
use super::building::{Building, SystemPackages, parse_jobs, parse_limit};
use super::error::SettingsError;
use super::filed::Filed;
use super::given::Given;
use super::resolve::{Freshness, Standby};
use super::resolver::Resolver;
use super::size::{InvalidSize, parse_size};
use super::world::World;
use crate::fs::{Form, Limits, Locking, Sharing, Verify};
use crate::interpreter::PythonRequest;

const MAX_UNPACKED_SIZE: &str = "SNAPENV_MAX_UNPACKED_SIZE";

/// Who may say what holds, the first to be heard first: command line, variables, files.
pub(super) struct Said<'a> {
    pub(super) given: &'a Given,
    pub(super) world: &'a World,
    pub(super) filed: &'a Filed,
}

impl Said<'_> {
    /// The folder of the store. Who has no home, as users of containers that no file knows, has it among temporary files; like any
    /// store it is used only if nobody else could have written it.
    pub(super) fn cache_dir(&self) -> PathBuf {
        let named = self.world.variable("SNAPENV_CACHE_DIR").map(Path::new);
        match (named.or(self.filed.cache_dir.as_deref()), &self.world.cache_home) {
            (Some(folder), _) => self.world.current_dir.join(folder),
            (None, Some(folder)) => folder.join("snapenv"),
            (None, None) => self.world.temporary.join(format!("snapenv-{}", geteuid().as_raw())),
        }
    }

    /// Stores that are only read. In the variable they are separated as in `PATH`.
    pub(super) fn read_stores(&self) -> Vec<PathBuf> {
        let named = self.world.variable("SNAPENV_READ_STORES").map(|stores| {
            let stores = std::env::split_paths(stores).filter(|store| !store.as_os_str().is_empty());
            stores.map(|store| self.world.current_dir.join(store)).collect()
        });
        named.or_else(|| self.filed.read_stores.clone()).unwrap_or_default()
    }

    pub(super) fn sharing(&self) -> Result<Sharing, SettingsError> {
        let sharing = self.first(None, "SNAPENV_SHARED", self.filed.shared, str::parse::<Sharing>)?;
        Ok(sharing.unwrap_or_default())
    }

    /// How large the store may become. There is no option for it: one run does not decide for all.
    pub(super) fn max_size(&self) -> Result<Option<u64>, SettingsError> {
        self.first(None, "SNAPENV_MAX_SIZE", self.filed.max_size, |text| {
            parse_size(text).map_err(|source| OfSize("--max-size", source))
        })
    }

    /// After how much silence a build job is told what is waited for.
    pub(super) fn heartbeat(&self) -> Result<Duration, SettingsError> {
        let said = self.first(None, "SNAPENV_HEARTBEAT", None, parse_age)?;
        Ok(said.unwrap_or(Duration::from_mins(1)))
    }

    pub(super) fn python(&self) -> Result<PythonRequest, SettingsError> {
        let named = self.given.python.as_deref().or(self.filed.python.as_deref());
        Ok(named.map_or(Ok(PythonRequest::Default), str::parse)?)
    }

    pub(super) fn freshness(&self) -> Result<Freshness, SettingsError> {
        let max_age = self.first(
            self.given.max_age.as_deref(),
            "SNAPENV_MAX_AGE",
            self.filed.max_age,
            parse_age,
        )?;
        let offline = || self.world.switch("SNAPENV_OFFLINE").or(self.filed.offline).unwrap_or(false);
        match (self.given.refresh, self.given.offline) {
            (true, true) => Err(SettingsError::Excluding("--refresh", "--offline")),
            (true, false) => Ok(Freshness::Refresh),
            (false, true) => Ok(Freshness::Offline),
            (false, false) if offline() => Ok(Freshness::Offline),
            (false, false) => Ok(max_age.map_or(Freshness::Ask, Freshness::MaxAge)),
        }
    }

    pub(super) fn form(&self) -> Result<Form, SettingsError> {
        let given = self.given.link_mode.as_deref();
        let form = self.first(given, "SNAPENV_LINK_MODE", self.filed.link_mode, str::parse)?;
        Ok(form.unwrap_or_default())
    }

    pub(super) fn verify(&self) -> Result<Verify, SettingsError> {
        let given = self.given.verify.as_deref();
        let verify = self.first(given, "SNAPENV_VERIFY", self.filed.verify, str::parse)?;
        Ok(verify.unwrap_or_default())
    }

    pub(super) fn resolver(&self) -> Result<Resolver, SettingsError> {
        let given = self.given.resolver.as_deref();
        let resolver = self.first(given, "SNAPENV_RESOLVER", self.filed.resolver, str::parse)?;
        Ok(resolver.unwrap_or_default())
    }

    /// How much may be unpacked; whoever says it knows what comes.
    pub(super) fn unpacked(&self) -> Result<Limits, SettingsError> {
        let filed = self.filed.max_unpacked_size;
        let parse = |text: &str| {
            parse_size(text).map_err(|error| SettingsError::Variable {
                variable: MAX_UNPACKED_SIZE,
                reason: error.to_string(),
            })
        };
        let said = self.world.variable(MAX_UNPACKED_SIZE).map(parse).transpose()?;
        Ok(said.or(filed).map_or_else(Limits::default, Limits::of_bytes))
    }

    pub(super) fn building(&self) -> Result<Building, SettingsError> {
        let (timeout, jobs) = (self.given.build_timeout.as_deref(), self.given.jobs.as_deref());
        let filed = self
            .filed
            .build_timeout
            .map(|seconds| Duration::from_secs(seconds.get().into()));
        let given = (self.given.system_packages == SystemPackages::Installed).then_some(true);
        // No file says this: a project does not decide what is installed on the machine.
        let installed = given.or_else(|| self.world.switch("SNAPENV_INSTALL_SYSTEM_PACKAGES"));
        Ok(Building {
            system_packages: match installed {
                Some(true) => SystemPackages::Installed,
                Some(false) | None => SystemPackages::Named,
            },
            limit: self.first(timeout, "SNAPENV_BUILD_TIMEOUT", filed, |text| {
                parse_limit(text).map_err(|reason| OfOption("--build-timeout", reason))
            })?,
            jobs: self.first(jobs, "SNAPENV_JOBS", self.filed.jobs, |text| {
                parse_jobs(text).map_err(|reason| OfOption("--jobs", reason))
            })?,
        })
    }

    /// What is said first: by the option, the variable, the files. What cannot be understood is told of where it was said.
    fn first<T, E: Into<SettingsError> + Display>(
        &self,
        given: Option<&str>,
        variable: &'static str,
        filed: Option<T>,
        parse: fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, SettingsError> {
        match (given, self.world.variable(variable)) {
            (Some(text), _) => parse(text).map(Some).map_err(Into::into),
            (None, Some(text)) => parse(text).map(Some).map_err(|error| SettingsError::Variable {
                variable,
                reason: error.to_string(),
            }),
            (None, None) => Ok(filed),
        }
    }

    pub(super) fn locking(&self) -> Locking {
        match self.world.switch("SNAPENV_NO_LOCKS") {
            Some(true) => Locking::Forgone,
            Some(false) | None => self.given.locking,
        }
    }

    pub(super) fn standby(&self) -> Standby {
        let given = self.given.standby.then_some(true);
        match given.or_else(|| self.world.switch("SNAPENV_STANDBY")).or(self.filed.standby) {
            Some(true) => Standby::Kept,
            Some(false) | None => Standby::Off,
        }
    }
}

/// What is wrong with a size, when it was typed.
struct OfSize(&'static str, InvalidSize);

impl Display for OfSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.fmt(formatter)
    }
}

impl From<OfSize> for SettingsError {
    fn from(OfSize(option, source): OfSize) -> Self {
        Self::Size { option, source }
    }
}

/// What is wrong with the value of an option, when it was typed.
struct OfOption(&'static str, &'static str);

impl Display for OfOption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.1)
    }
}

impl From<OfOption> for SettingsError {
    fn from(OfOption(option, reason): OfOption) -> Self {
        Self::Option { option, reason }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::settings::Settings;

    #[test]
    fn what_cannot_be_understood_is_told_of_where_it_was_said() {
        let root = tempfile::tempdir().unwrap();
        let said = |given: Option<&str>, variable: Option<&str>| {
            let variable = variable.map(|value| ("SNAPENV_LINK_MODE".to_owned(), value.to_owned()));
            let world = World {
                variables: variable.into_iter().collect(),
                current_dir: root.path().to_owned(),
                home: Some(root.path().to_owned()),
                cache_home: Some(root.path().to_owned()),
                config_home: None,
                temporary: root.path().to_owned(),
                now: 0,
            };
            let given = Given {
                link_mode: given.map(str::to_owned),
                ..Given::default()
            };
            let settings = Settings::resolve(&given, &world, None);
            settings.map(|settings| settings.form).map_err(|error| error.to_string())
        };
        assert!(said(Some("x"), None).unwrap_err().starts_with("--link-mode: "));
        assert!(said(None, Some("x")).unwrap_err().starts_with("SNAPENV_LINK_MODE: "));
        assert_eq!(said(Some("layered"), Some("x")), Ok(Form::Layered));
        assert_eq!(said(None, Some("layered")), Ok(Form::Layered));
        assert_eq!(said(None, None), Ok(Form::default()));
    }

    #[test]
    fn who_has_no_home_has_a_store_of_his_own_among_temporary_files() {
        let world = |cache_home: Option<&str>| World {
            variables: BTreeMap::new(),
            current_dir: PathBuf::from("/work"),
            home: None,
            cache_home: cache_home.map(PathBuf::from),
            config_home: None,
            temporary: PathBuf::from("/tmp"),
            now: 0,
        };
        let store = |cache_home| {
            Settings::resolve(&Given::default(), &world(cache_home), None)
                .unwrap()
                .cache_dir
        };
        assert_eq!(store(None), PathBuf::from(format!("/tmp/snapenv-{}", geteuid().as_raw())));
        assert_eq!(store(Some("/cache")), Path::new("/cache/snapenv"));
    }
}
