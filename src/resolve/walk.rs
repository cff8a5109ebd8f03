//! The way that pip's resolver takes through distributions that are known and fit: nothing has to be chosen, so only the order in
//! which it meets them is of interest. That order, and who asked first, is what `Requirement already satisfied` lines are made of.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::{Operator, Version, VersionSpecifiers};
use pep508_rs::ExtraName;

use super::closure::written_dependencies;
use super::question::Question;
use super::requires::Written;
use crate::requirements::{Entry, Origin, Source, Spelling, Target, contains};
use crate::wheel::Metadata;

/// What the walk met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// Distributions that fit, in the order in which pip meets them.
    pub met: Vec<Met>,
    /// Why this is not the whole of it: the first requirement that nothing known fits.
    pub open: Option<String>,
}

/// A distribution that fits, and the requirement by which it was met first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Normalized name.
    pub name: String,
    /// Its name as that requirement spells it.
    pub spelled: String,
    /// That requirement.
    pub requirement: String,
    /// Who requires it, as pip says it: `requests->-r requirements.txt (line 3)`.
    pub from: Option<String>,
}

/// A requirement on its way.
#[derive(Debug, Clone)]
struct Want {
    name: String,
    extras: BTreeSet<ExtraName>,
    specifiers: VersionSpecifiers,
    spelled: Spelling,
    from: Option<String>,
    /// Whether it is the requirement of a project with extras on itself without them.
    explicit: bool,
}

impl Want {
    /// How pip's resolver calls the node.
    fn identifier(&self) -> String {
        format!("{}{}", self.name, bracketed(&self.extras))
    }

    fn text(&self) -> String {
        self.spelled.to_string()
    }

    /// What is said behind `from` of those that this one requires.
    fn chain(&self) -> String {
        match &self.from {
            Some(from) => format!("{}->{from}", self.text()),
            None => self.text(),
        }
    }

    /// A specifier beside extras is required of the base first.
    fn split(self) -> Vec<Self> {
        if self.extras.is_empty() || self.specifiers.is_empty() {
            return vec![self];
        }
        let base = Self {
            extras: BTreeSet::new(),
            spelled: self.spelled.without_extras(),
            from: Some(self.chain()),
            ..self.clone()
        };
        vec![base, self]
    }
}

fn bracketed(extras: &BTreeSet<ExtraName>) -> String {
    if extras.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = extras.iter().map(AsRef::as_ref).collect();
    format!("[{}]", names.join(","))
}

struct Criterion {
    identifier: String,
    wants: Vec<Want>,
    pinned: bool,
}

struct Walker<'a> {
    known: &'a BTreeMap<String, &'a Metadata>,
    environment: &'a BTreeMap<String, String>,
    constraints: &'a [Entry],
    criteria: Vec<Criterion>,
    requested: BTreeMap<String, usize>,
    /// By identifier: what is said of those that it requires.
    chains: BTreeMap<String, String>,
    walk: Walk,
}

/// Where a walk begins.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Requirements whose marker holds, in pip's order.
    pub entries: &'a [Entry],
    /// Constraints whose marker holds.
    pub constraints: &'a [Entry],
    /// Whether dependencies are followed (not with `--no-deps`).
    pub dependencies: bool,
}

impl Question {
    /// Where a walk for this question begins.
    pub fn start(&self) -> Start<'_> {
        Start {
            entries: &self.entries,
            constraints: &self.constraints,
            dependencies: !self.has("no-deps"),
        }
    }
}

/// Walks through `known` distributions, by their normalized names; `environment` is that of markers.
pub fn walk(start: Start, known: &BTreeMap<String, &Metadata>, environment: &BTreeMap<String, String>) -> Walk {
    let mut walker = Walker {
        known,
        environment,
        constraints: start.constraints,
        criteria: Vec::new(),
        requested: BTreeMap::new(),
        chains: BTreeMap::new(),
        walk: Walk::default(),
    };
    let mut roots: Vec<Want> = Vec::new();
    for (index, entry) in start.entries.iter().enumerate() {
        let Some(wants) = root(entry) else {
            walker.stop(format!("{} is a direct reference", entry.requirement));
            continue;
        };
        if let Some(first) = wants.first() {
            walker.requested.entry(first.identifier()).or_insert(index);
        }
        roots.extend(wants);
    }
    roots.sort_by_key(|want| !want.extras.is_empty());
    for want in roots {
        walker.add(want);
    }
    while let Some(index) = walker.next() {
        walker.pin(index, start.dependencies);
    }
    walker.walk
}

fn root(entry: &Entry) -> Option<Vec<Want>> {
    let Target::Index { name, specifiers } = &entry.requirement.target else {
        return None;
    };
    let want = Want {
        name: name.to_string(),
        extras: entry.requirement.extras.clone(),
        specifiers: specifiers.clone(),
        spelled: entry.spelled.clone().unwrap_or_else(|| Spelling::name(name.as_ref())),
        from: match &entry.origin {
            Origin::CommandLine => None,
            file @ Origin::File { .. } => Some(file.to_string()),
        },
        explicit: false,
    };
    Some(want.split())
}

impl Walker<'_> {
    fn stop(&mut self, reason: String) {
        self.walk.open.get_or_insert(reason);
    }

    fn wants_of(&self, identifier: &str) -> &[Want] {
        let found = self.criteria.iter().find(|criterion| criterion.identifier == identifier);
        found.map_or(&[], |criterion| &criterion.wants)
    }

    fn add(&mut self, want: Want) {
        let identifier = want.identifier();
        let (name, extras, explicit) = (want.name.clone(), want.extras.clone(), want.explicit);
        match self.criteria.iter_mut().find(|criterion| criterion.identifier == identifier) {
            Some(criterion) => criterion.wants.push(want),
            None => self.criteria.push(Criterion {
                identifier: identifier.clone(),
                wants: vec![want],
                pinned: false,
            }),
        }
        if explicit {
            return;
        }
        if let Err(reason) = self.check(&identifier, &name) {
            self.stop(reason);
            return;
        }
        let Some(template) = self.wants_of(&identifier).iter().find(|want| !want.explicit).cloned() else {
            return;
        };
        if !self.chains.contains_key(&name) {
            self.chains.insert(name.clone(), template.chain());
            self.walk.met.push(Met {
                name: name.clone(),
                requirement: template.text(),
                spelled: template.spelled.name.clone(),
                from: template.from.clone(),
            });
        }
        if !extras.is_empty() {
            let base = self.wants_of(&name).iter().any(|want| want.explicit);
            let chain = self.chains.get(&name).filter(|_| base).cloned();
            self.chains
                .entry(identifier)
                .or_insert_with(|| chain.unwrap_or_else(|| template.chain()));
        }
    }

    /// Whether what is known fits everything that is wanted so far.
    fn check(&self, identifier: &str, name: &str) -> Result<(), String> {
        let metadata = self.known.get(name).ok_or_else(|| format!("{name} is not installed"))?;
        let version: Version = metadata.version.parse().map_err(|_| format!("the version of {name}"))?;
        for constraint in self.constraints {
            match &constraint.requirement.target {
                Target::Index {
                    name: constrained,
                    specifiers,
                } if constrained.as_ref() == name => {
                    if !contains(specifiers, &version) {
                        return Err(format!("{name} {version} does not satisfy a constraint"));
                    }
                }
                Target::Index { .. } => {}
                _ => return Err("a constraint is a direct reference".to_owned()),
            }
        }
        let wants = self.wants_of(identifier).iter().chain(self.wants_of(name));
        match wants.into_iter().find(|want| !contains(&want.specifiers, &version)) {
            Some(want) => Err(format!("{name} {version} is installed, and {} is required", want.text())),
            None => Ok(()),
        }
    }

    /// The node that pip looks at next.
    fn next(&self) -> Option<usize> {
        let open = self.criteria.iter().enumerate().filter(|(_, criterion)| !criterion.pinned);
        open.min_by_key(|(_, criterion)| self.preference(criterion))
            .map(|(index, _)| index)
    }

    /// pip's order of preference: direct, pinned, bounded above, asked for by the user, with any specifier, by name.
    fn preference<'c>(&self, criterion: &'c Criterion) -> (bool, bool, bool, usize, bool, &'c str) {
        let operators: Vec<&Operator> = criterion
            .wants
            .iter()
            .flat_map(|want| want.specifiers.iter())
            .map(pep440_rs::VersionSpecifier::operator)
            .collect();
        let pinned = operators
            .iter()
            .any(|operator| matches!(operator, Operator::Equal | Operator::ExactEqual));
        let bounded = operators.iter().any(|operator| {
            matches!(
                operator,
                Operator::LessThan | Operator::LessThanEqual | Operator::TildeEqual | Operator::EqualStar
            )
        });
        (
            !criterion.wants.iter().any(|want| want.explicit),
            !pinned,
            !bounded,
            self.requested.get(&criterion.identifier).copied().unwrap_or(usize::MAX),
            operators.is_empty(),
            &criterion.identifier,
        )
    }

    fn pin(&mut self, index: usize, dependencies: bool) {
        let criterion = &mut self.criteria[index];
        criterion.pinned = true;
        let identifier = criterion.identifier.clone();
        let Some(want) = criterion.wants.first().cloned() else {
            return;
        };
        let fits = self.chains.contains_key(&want.name);
        let Some(metadata) = self.known.get(&want.name).copied().filter(|_| fits) else {
            return;
        };
        if !want.extras.is_empty() {
            self.add(Want {
                extras: BTreeSet::new(),
                specifiers: VersionSpecifiers::empty(),
                explicit: true,
                ..want.clone()
            });
        }
        if !dependencies {
            return;
        }
        let from = self.chains.get(&identifier).cloned();
        let required = match written_dependencies(metadata, &want.extras, self.environment) {
            Ok(required) => required,
            Err(error) => return self.stop(error.to_string()),
        };
        for Written { dependency, spelled } in required {
            let Source::Versions(specifiers) = dependency.source else {
                self.stop(format!("{} depends on a direct reference", want.name));
                continue;
            };
            let wanted = Want {
                spelled,
                name: dependency.name.to_string(),
                extras: dependency.extras,
                specifiers,
                from: from.clone(),
                explicit: false,
            };
            for want in wanted.split() {
                self.add(want);
            }
        }
    }
}

#[cfg(test)]
mod tests;
