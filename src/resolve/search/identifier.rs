//! What one version is looked for.

use std::collections::BTreeSet;
use std::fmt;

use pep508_rs::{ExtraName, PackageName};

use crate::resolve::graph::Node;

/// What one version is looked for; `Display` is pip's name of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identifier {
    /// The interpreter, by `Requires-Python`.
    Python,
    /// A project.
    Project(PackageName),
    /// A project with extras: beside the project, not instead of it.
    Extras(PackageName, BTreeSet<ExtraName>),
}

impl Identifier {
    /// A project, with extras if there are any.
    pub fn new(name: &PackageName, extras: &BTreeSet<ExtraName>) -> Self {
        if extras.is_empty() {
            Self::Project(name.clone())
        } else {
            Self::Extras(name.clone(), extras.clone())
        }
    }

    /// The project.
    pub fn project(&self) -> Option<&PackageName> {
        match self {
            Self::Python => None,
            Self::Project(name) | Self::Extras(name, _) => Some(name),
        }
    }

    /// The node that it is in the graph of a resolution.
    pub fn node(&self) -> Node {
        match self {
            Self::Python => Node::Python,
            Self::Project(name) => Node::Project(name.to_string()),
            Self::Extras(name, extras) => Node::Extras(name.to_string(), extras.iter().map(ToString::to_string).collect()),
        }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Python => formatter.write_str("<Python from Requires-Python>"),
            Self::Project(name) => write!(formatter, "{name}"),
            Self::Extras(name, extras) => {
                let extras: Vec<&str> = extras.iter().map(AsRef::as_ref).collect();
                write!(formatter, "{name}[{}]", extras.join(","))
            }
        }
    }
}
