//! Where a wheel is laid out.

use std::path::Path;

use crate::fs::Limits;
use crate::interpreter::Facts;

use super::paths::join;

/// The environment-to-be that a wheel is laid out for.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The interpreter of the environments.
    pub facts: &'a Facts,
    /// A folder that mirrors an environment; nothing of what the wheel brings may be there yet.
    pub staging: &'a Path,
    /// The project name as the requirement spells it, after which pip names the folder of the wheel's headers.
    pub project: &'a str,
    /// How much it may be.
    pub limits: Limits,
}

impl Destination<'_> {
    /// The folder of a scheme key, relative to the environment.
    pub(super) fn folder(&self, key: &str) -> Option<String> {
        let scheme = &self.facts.scheme;
        match key {
            "purelib" => Some(scheme.purelib.clone()),
            "platlib" => Some(scheme.platlib.clone()),
            "scripts" => Some(scheme.scripts.clone()),
            "data" => Some(scheme.data.clone()),
            "headers" => Some(join(&scheme.headers, self.project)),
            _ => None,
        }
    }
}
