//! What is searched for.

use std::collections::BTreeMap;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::requirements::{Entry, Mode};
use crate::wheel::Metadata;

/// What is searched for, and where the answer goes.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Requirements whose marker holds, in pip's order.
    pub entries: &'a [Entry],
    /// Constraints whose marker holds.
    pub constraints: &'a [Entry],
    /// What is installed there.
    pub installed: &'a BTreeMap<PackageName, InstalledDistribution>,
    /// The version of the interpreter, without what follows its micro number.
    pub python: &'a Version,
    /// The environment of markers.
    pub environment: &'a BTreeMap<String, String>,
    /// What options say.
    pub rules: Rules,
}

/// A distribution that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledDistribution {
    /// Its version.
    pub version: Version,
    /// What it says of itself.
    pub metadata: Arc<Metadata>,
    /// How it is installed.
    pub mode: Mode,
}

/// What options say about a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// `--no-deps`
    pub dependencies: Dependencies,
    /// `--ignore-requires-python`
    pub python: RequiresPython,
    /// `--upgrade` and `--upgrade-strategy`
    pub upgrade: Upgrade,
    /// `--force-reinstall` and `--ignore-installed`
    pub installed: InstalledUse,
    /// So many rounds are gone before the search is given up; a tenth of them optimistically.
    pub rounds: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            dependencies: Dependencies::default(),
            python: RequiresPython::default(),
            upgrade: Upgrade::default(),
            installed: InstalledUse::default(),
            // pip's limit.
            rounds: 200_000,
        }
    }
}

/// Whether dependencies count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dependencies {
    /// They do.
    #[default]
    Followed,
    /// They do not (`--no-deps`).
    Ignored,
}

/// Whether `Requires-Python` counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RequiresPython {
    /// It does.
    #[default]
    Checked,
    /// It does not (`--ignore-requires-python`).
    Ignored,
}

/// Of what newer versions are looked for although an installed one fits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Upgrade {
    /// Of nothing.
    #[default]
    Never,
    /// Of what the user named (`--upgrade`).
    Named,
    /// Of everything (`--upgrade --upgrade-strategy eager`).
    Everything,
}

/// What is done with what is installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InstalledUse {
    /// It may stay.
    #[default]
    Candidate,
    /// It is installed anew even if it is the same (`--force-reinstall`).
    Reinstalled,
    /// It is not looked at (`--ignore-installed`).
    Overlooked,
}
