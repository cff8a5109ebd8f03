//! What a distribution requires, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pep440_rs::VersionSpecifiers;
use pep508_rs::ExtraName;

use crate::requirements::{Dependency, RequirementsError, Source, Spelling, parse_dependency};
use crate::wheel::Metadata;

/// The requirements in a distribution's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requires {
    dependencies: Vec<Written>,
    provided: BTreeSet<ExtraName>,
}

/// A dependency and how it is spelled; `Display` is pip's, but for URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The dependency.
    pub dependency: Dependency,
    /// The same as written.
    pub spelled: Spelling,
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.spelled)?;
        match &self.dependency.marker {
            Some(marker) => write!(formatter, "; {marker}"),
            None => Ok(()),
        }
    }
}

impl Requires {
    /// Reads every `Requires-Dist` and `Provides-Extra`.
    ///
    /// # Errors
    /// When a `Requires-Dist` cannot be read.
    pub fn read(metadata: &Metadata) -> Result<Self, RequirementsError> {
        let written = |text: &String| {
            let dependency = parse_dependency(text)?;
            let spelled = Spelling::of(text).unwrap_or_else(|| Spelling::name(dependency.name.as_ref()));
            Ok(Written { dependency, spelled })
        };
        Ok(Self {
            dependencies: metadata.requires_dist.iter().map(written).collect::<Result<_, _>>()?,
            provided: metadata.provides_extra.iter().filter_map(|name| name.parse().ok()).collect(),
        })
    }

    /// The dependencies that hold in the environment, with these extras of the distribution asked for; those that it does not provide
    /// count for nothing.
    ///
    /// # Errors
    /// When a marker cannot be evaluated.
    pub fn holding(
        &self,
        extras: &BTreeSet<ExtraName>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Vec<&Written>, RequirementsError> {
        let valid: Vec<ExtraName> = extras.intersection(&self.provided).cloned().collect();
        let mut holding = Vec::new();
        for written in &self.dependencies {
            let marker = written.dependency.marker.as_ref();
            if marker.map_or(Ok(true), |marker| marker.applies(environment, &valid))? {
                holding.push(written);
            }
        }
        Ok(holding)
    }

    /// Those of the extras that the distribution does not provide.
    pub fn unprovided(&self, extras: &BTreeSet<ExtraName>) -> Vec<ExtraName> {
        extras.difference(&self.provided).cloned().collect()
    }

    /// The first dependency that names a URL, whether its marker holds or not.
    pub fn direct(&self) -> Option<&Dependency> {
        let mut dependencies = self.dependencies.iter().map(|written| &written.dependency);
        dependencies.find(|dependency| matches!(dependency.source, Source::Url(_)))
    }
}

/// The interpreters that a distribution runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredPython {
    /// The versions.
    pub specifiers: VersionSpecifiers,
    /// The same as written.
    pub spelled: String,
}

/// The interpreters that `Requires-Python` allows; nothing where it says nothing, or nothing that can be read.
///
/// # Errors
/// When pip may be able to read it, but snapenv is not.
pub fn requires_python(metadata: &Metadata) -> Result<Option<RequiredPython>, RequirementsError> {
    let text = metadata.requires_python.as_deref().unwrap_or_default();
    // A folded header keeps its line breaks.
    let text: Vec<&str> = text.split_whitespace().collect();
    let requirement = format!("python {}", text.join(" "));
    match parse_dependency(&requirement) {
        Ok(Dependency {
            source: Source::Versions(specifiers),
            extras,
            marker: None,
            ..
        }) if extras.is_empty() && !text.join("").starts_with('(') => {
            let spelled = || Spelling::of(&requirement).unwrap_or_default().versions();
            Ok((!specifiers.is_empty()).then(|| RequiredPython {
                spelled: spelled(),
                specifiers,
            }))
        }
        Err(error) if error.is_unsupported() => Err(error),
        // pip warns of it and goes on.
        Ok(_) | Err(_) => Ok(None),
    }
}
