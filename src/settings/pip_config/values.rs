//! The configuration as read: which option has which values, from where.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::index::{NetworkOptions, redact};

/// pip's configuration for one command, in the order in which pip applies it.
///
/// The order matters where options share a destination, as `no-binary` and `only-binary` do.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PipConfig {
    pub(super) settings: Vec<Setting>,
}

/// One option with its values and their origin.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// Normalized option name without dashes, such as `extra-index-url`.
    pub name: String,
    /// The values: one, or for options that pip appends to, one per word. Switches hold `true` or `false`.
    pub values: Vec<String>,
    /// Where the values come from.
    pub source: Source,
    /// Whether pip 26.3 has this option for the command; it ignores names that it does not know.
    pub known: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A section of a configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The section, such as `global`.
        section: String,
    },
    /// A `PIP_*` variable.
    Variable(String),
}

impl PipConfig {
    /// All settings, weakest first.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Values of the option `name` (normalized), weakest first; empty when it is not configured.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.settings
            .iter()
            .filter(|setting| setting.name == name)
            .flat_map(|setting| setting.values.iter().map(String::as_str))
            .collect()
    }

    /// The effective value of an option that takes one.
    pub fn text(&self, name: &str) -> Option<&str> {
        let last = self.settings.iter().rev().find(|setting| setting.name == name)?;
        last.values.last().map(String::as_str)
    }

    /// The effective state of a switch.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|value| value == "true")
    }

    /// The effective value of a whole-number option or counter, such as `retries` or `verbose`.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// The socket timeout; zero means none. Negative ones, which pip chokes on later, are passed over.
    pub fn timeout(&self) -> Option<Duration> {
        let seconds: f64 = self.text("timeout")?.parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// How often a request is repeated; negative numbers count as none.
    pub fn retries(&self) -> Option<u32> {
        let retries = self.number("retries")?;
        Some(u32::try_from(retries.max(0)).unwrap_or(u32::MAX))
    }

    /// What the configuration says about the network, to be overridden by the command line.
    pub fn network(&self) -> NetworkOptions {
        let owned = |name: &str| self.path(name).map(Path::to_owned);
        NetworkOptions {
            proxy: self.text("proxy").map(str::to_owned),
            no_proxy_env: self.flag("no-proxy-env") == Some(true),
            cert: owned("cert"),
            client_cert: owned("client-cert"),
            trusted_hosts: self.list("trusted-host").into_iter().map(str::to_owned).collect(),
            timeout: self.timeout(),
            retries: self.retries(),
        }
    }

    /// A path option such as `cert`, with `~` expanded.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.text(name).map(Path::new)
    }
}

impl fmt::Display for PipConfig {
    /// One `name = value  (source)` line per value, credentials redacted.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for setting in &self.settings {
            writeln!(formatter, "{setting}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = redact(&self.values.join(" "));
        write!(formatter, "{} = {values}  ({})", self.name, self.source)
    }
}

impl fmt::Debug for PipConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.settings).finish()
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Setting({self})")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, section } => write!(formatter, "[{section}] in {}", path.display()),
            Self::Variable(name) => formatter.write_str(name),
        }
    }
}
