//! What can be asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{ExtraName, PackageName};

use super::error::RequirementsError;
use super::grammar::write_extras;
use super::link::Link;
use super::marker::Marker;
use super::specifiers::{canonical, pinned};
use super::variable::Variable;

/// One requirement or constraint. `Display` prints the canonical form for keys: names normalized, extras sorted, specifiers in
/// one order, URLs without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Which distribution is meant.
    pub target: Target,
    /// The extras asked for.
    pub extras: BTreeSet<ExtraName>,
    /// When it applies; always if there is none.
    pub marker: Option<Marker>,
}

/// Which distribution a requirement means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Any version that matches, from an index or find-links.
    Index {
        /// Name of the project.
        name: PackageName,
        /// The versions that are allowed; all if there are none.
        specifiers: VersionSpecifiers,
    },
    /// One archive, remote or (a `file:` link) local.
    Archive {
        /// Name of the project, where it is said or a wheel's file name says it.
        name: Option<PackageName>,
        /// Where it is.
        link: Link,
    },
    /// A local folder with a project.
    Folder {
        /// Name of the project, where it is said.
        name: Option<PackageName>,
        /// The folder, absolute.
        path: PathBuf,
        /// The `file:` URL of it, with what the user wrote in its fragment.
        link: Link,
        /// How it is to be installed.
        mode: Mode,
    },
    /// A repository of a version control system.
    Vcs {
        /// Name of the project, where it is said.
        name: Option<PackageName>,
        /// URL with the system before the scheme, such as `git+https://...@revision`.
        link: Link,
        /// How it is to be installed.
        mode: Mode,
    },
}

/// How a project is to be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As a copy.
    Regular,
    /// So that the source stays in use (`-e`, PEP 660).
    Editable,
}

/// Whether what a requirement means can change without its text changing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locality {
    /// From an index, a direct archive, or a commit that is named in full.
    Plain,
    /// A folder, or another revision of a repository; an editable checkout, which lies where it was put.
    Local,
}

impl Requirement {
    /// Name of the project, where it is known without looking into its source.
    pub fn name(&self) -> Option<&PackageName> {
        match &self.target {
            Target::Index { name, .. } => Some(name),
            Target::Archive { name, .. } | Target::Folder { name, .. } | Target::Vcs { name, .. } => name.as_ref(),
        }
    }

    /// The version it is pinned to: exactly one `==` without wildcard or `===`, which also satisfies the other specifiers.
    pub fn pinned(&self) -> Option<&Version> {
        match &self.target {
            Target::Index { specifiers, .. } => pinned(specifiers),
            Target::Archive { .. } | Target::Folder { .. } | Target::Vcs { .. } => None,
        }
    }

    /// Where its URL points, if it has one.
    pub fn link(&self) -> Option<&Link> {
        match &self.target {
            Target::Index { .. } => None,
            Target::Archive { link, .. } | Target::Folder { link, .. } | Target::Vcs { link, .. } => Some(link),
        }
    }

    /// How it is to be installed.
    pub fn mode(&self) -> Mode {
        match self.target {
            Target::Folder { mode, .. } | Target::Vcs { mode, .. } => mode,
            Target::Index { .. } | Target::Archive { .. } => Mode::Regular,
        }
    }

    /// Whether it is plain or local.
    pub fn locality(&self) -> Locality {
        match &self.target {
            Target::Index { .. } | Target::Archive { .. } => Locality::Plain,
            Target::Vcs {
                link,
                mode: Mode::Regular,
                ..
            } if link.commit().is_some() => Locality::Plain,
            Target::Folder { .. } | Target::Vcs { .. } => Locality::Local,
        }
    }

    /// Whether its marker holds in the environment (PEP 508's eleven variables), as for requirements of the user: with no extra.
    ///
    /// # Errors
    /// As [`Marker::applies`].
    pub fn applies(&self, environment: &BTreeMap<String, String>) -> Result<bool, RequirementsError> {
        self.marker
            .as_ref()
            .map_or(Ok(true), |marker| marker.applies(environment, &[]))
    }

    /// The variables of the marker environment that its marker names: all that its evaluation depends on.
    pub fn variables(&self) -> BTreeSet<&'static str> {
        let variables = self.marker.iter().flat_map(Marker::variables);
        variables
            .filter(|variable| *variable != Variable::Extra)
            .map(Variable::name)
            .collect()
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mode() == Mode::Editable {
            formatter.write_str("-e ")?;
        }
        match (&self.target, self.name(), self.link()) {
            (Target::Index { name, specifiers }, ..) => {
                write!(formatter, "{name}")?;
                write_extras(formatter, &self.extras)?;
                formatter.write_str(&canonical(specifiers))?;
            }
            (_, Some(name), Some(link)) => {
                write!(formatter, "{name}")?;
                write_extras(formatter, &self.extras)?;
                write!(formatter, " @ {}", link.without_credentials())?;
            }
            (_, None, Some(link)) => {
                formatter.write_str(&link.without_credentials())?;
                write_extras(formatter, &self.extras)?;
            }
            (_, _, None) => {}
        }
        match &self.marker {
            Some(marker) => write!(formatter, " ; {marker}"),
            None => Ok(()),
        }
    }
}
