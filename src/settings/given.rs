//! What was typed.

use super::building::SystemPackages;
use super::pip_config::Command;
use crate::fs::Locking;
use crate::pip::PipOption;

/// An option of pip as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenOption {
    /// Which.
    pub option: &'static PipOption,
    /// Its value, if it takes one.
    pub value: Option<String>,
}

/// What the command line said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The command of pip's whose options these are.
    pub command: Command,
    /// `--dest` of `download`.
    pub dest: Option<String>,
    /// Requirement arguments.
    pub arguments: Vec<String>,
    /// pip's options, in the order typed.
    pub options: Vec<GivenOption>,
    /// `-p`, or `--python` of `install`.
    pub python: Option<String>,
    /// `--link-mode`.
    pub link_mode: Option<String>,
    /// `--verify`.
    pub verify: Option<String>,
    /// `--standby`.
    pub standby: bool,
    /// `--max-age`.
    pub max_age: Option<String>,
    /// `--offline`.
    pub offline: bool,
    /// `--no-locks`.
    pub locking: Locking,
    /// `--refresh`.
    pub refresh: bool,
    /// `--resolver`.
    pub resolver: Option<String>,
    /// `--build-timeout`.
    pub build_timeout: Option<String>,
    /// `--jobs`.
    pub jobs: Option<String>,
    /// `--install-system-packages`.
    pub system_packages: SystemPackages,
    /// `-v` less `-q`.
    pub verbosity: i8,
}

impl Given {
    /// Values of a pip option, in the order typed.
    pub fn values<'a>(&'a self, long: &'a str) -> impl Iterator<Item = &'a str> {
        self.options
            .iter()
            .filter(move |given| given.option.long == long)
            .filter_map(|given| given.value.as_deref())
    }
}
