//! What constraints allow.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::VersionSpecifiers;
use pep508_rs::PackageName;

use super::direct::Sameness;
use super::error::Beyond;
use super::pick::Pick;
use crate::requirements::{Entry, Mode, Target, contains};
use crate::resolve::candidates::AllowedHashes;

/// Everything that constraints say of one project.
#[derive(Debug, Clone)]
pub(super) struct Constraint {
    pub(super) specifiers: VersionSpecifiers,
    /// The same as written.
    spelled: BTreeSet<String>,
    pub(super) hashes: AllowedHashes,
    pub(super) links: Vec<ConstraintLink>,
}

/// A URL that a constraint names.
#[derive(Debug, Clone)]
pub(super) struct ConstraintLink {
    /// The number of the constraint.
    pub(super) index: usize,
    sameness: Sameness,
    shown: String,
}

impl Default for Constraint {
    fn default() -> Self {
        Self {
            specifiers: VersionSpecifiers::empty(),
            spelled: BTreeSet::new(),
            hashes: AllowedHashes::default(),
            links: Vec::new(),
        }
    }
}

impl Constraint {
    /// All constraints, by project.
    pub(super) fn collect(entries: &[Entry]) -> Result<BTreeMap<PackageName, Self>, Beyond> {
        let mut constraints: BTreeMap<PackageName, Self> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let requirement = &entry.requirement;
            let unfit = !requirement.extras.is_empty() || requirement.mode() == Mode::Editable;
            let Some(name) = requirement.name().filter(|_| !unfit) else {
                return Err(Beyond::Constraint(requirement.to_string()));
            };
            constraints.entry(name.clone()).or_default().add(index, entry);
        }
        Ok(constraints)
    }

    fn add(&mut self, index: usize, entry: &Entry) {
        if let Target::Index { specifiers, .. } = &entry.requirement.target {
            let both = self.specifiers.iter().chain(specifiers.iter()).cloned();
            self.specifiers = both.collect();
            self.spelled
                .extend(entry.spelled.iter().flat_map(|spelled| spelled.specifiers.iter().cloned()));
        }
        self.hashes = self.hashes.and(&AllowedHashes::of(&entry.hashes));
        if let Some(link) = entry.requirement.link() {
            let shown = link.to_string();
            if !self.links.iter().any(|known| known.shown == shown) {
                self.links.push(ConstraintLink {
                    index,
                    sameness: Sameness::of(link),
                    shown,
                });
            }
        }
    }

    /// Whether a pick that is not from an index may be chosen.
    pub(super) fn allows(&self, pick: &Pick) -> bool {
        let linked = self.links.iter().all(|link| pick.sameness() == Some(&link.sameness));
        linked && contains(&self.specifiers, pick.version())
    }

    /// As pip writes it behind the name.
    pub(super) fn text(&self) -> String {
        let specifiers: Vec<&str> = self.spelled.iter().map(String::as_str).collect();
        let specifiers = specifiers.join(",");
        if self.links.is_empty() {
            return specifiers;
        }
        let links: Vec<&str> = self.links.iter().map(|link| link.shown.as_str()).collect();
        format!("{specifiers} (from {})", links.join(", "))
    }
}
