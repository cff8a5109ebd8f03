//! Searches without an answer.

use pep508_rs::PackageName;

use super::impossible::Impossible;
use crate::requirements::{Dependency, RequirementsError};
use crate::resolve::ResolveError;

/// A search without an answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Nothing fits together.
    #[error("{0}")]
    Impossible(Box<Impossible>),
    /// It takes more rounds than pip would go.
    #[error("dependency resolution exceeded the number of rounds that pip allows")]
    TooDeep,
    /// A direct reference is a wheel for other interpreters or platforms.
    #[error("{0} is not a supported wheel on this platform.")]
    Unsupported(String),
    /// A direct reference is not what it says, or says nothing that can be read.
    #[error("{what}: {reason}")]
    Unusable {
        /// The reference.
        what: String,
        /// Why.
        reason: String,
    },
    /// pip has to look at it.
    #[error("left to pip: {0}")]
    Beyond(#[from] Beyond),
    /// The offers could not be had.
    #[error(transparent)]
    Offers(#[from] ResolveError),
}

impl SearchError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Impossible(_) => Some("loosen one of the requirements that are named above".to_owned()),
            Self::TooDeep => Some("constrain the projects that are looked at again and again".to_owned()),
            Self::Unsupported(_) => Some("the wheel's tags name the Python and platform that it is for".to_owned()),
            Self::Unusable { .. } | Self::Beyond(_) => None,
            Self::Offers(error) => error.hint(),
        }
    }
}

/// What only pip answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Beyond {
    /// A dependency that is a URL.
    #[error("{project} depends on {dependency}")]
    DirectReference {
        /// Who has it.
        project: PackageName,
        /// The dependency, without credentials.
        dependency: String,
    },
    /// A requirement, marker or version in metadata that pip may be able to read.
    #[error("the metadata of {project}: {reason}")]
    Metadata {
        /// Whose.
        project: PackageName,
        /// What is wrong with it.
        reason: String,
    },
    /// A constraint with extras, without a name or in editable mode.
    #[error("the constraint {0}")]
    Constraint(String),
    /// An index has metadata of an installed project that cannot be read: pip ends there.
    #[error("{project} is installed, and an index has invalid metadata of it")]
    InvalidBesideInstalled {
        /// The project.
        project: PackageName,
    },
    /// A candidate that was offered does not satisfy what it was offered for.
    #[error("{0} was offered for requirements that it does not satisfy")]
    Inconsistent(String),
}

impl Beyond {
    pub(super) fn metadata(project: &PackageName, error: &RequirementsError) -> Self {
        Self::Metadata {
            project: project.clone(),
            reason: error.to_string(),
        }
    }

    pub(super) fn direct(project: &PackageName, dependency: &Dependency) -> Self {
        Self::DirectReference {
            project: project.clone(),
            dependency: dependency.to_string(),
        }
    }
}
