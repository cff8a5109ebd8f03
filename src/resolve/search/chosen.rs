//! What was chosen for a project.

use std::collections::BTreeSet;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::resolve::candidates::Candidate;
use crate::wheel::Metadata;

/// What was chosen for a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The project.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// Where it comes from.
    pub source: Source,
    /// What is to be done with it.
    pub action: Action,
    /// What it says of itself.
    pub metadata: Arc<Metadata>,
    /// The extras that were asked for, by anybody; those of the requirement for which it was looked at first as written but for
    /// upper case, too.
    pub extras: BTreeSet<String>,
    /// The number of the entry for which it was looked at first: then the user has requested it, with what the entry says of hashes and
    /// config settings.
    pub entry: Option<usize>,
}

/// Where a distribution comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An index or find-links.
    Offered(Arc<Candidate>),
    /// The direct reference of an entry, by its number.
    Entry(usize),
    /// The direct reference of a constraint, by its number.
    Constraint(usize),
    /// It is installed.
    Installed,
}

/// What is to be done with a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing of its project is installed.
    Install,
    /// Something is, which has to go.
    Replace,
    /// Nothing: it is installed.
    Keep,
}
