//! What may be chosen for an identifier.

use std::collections::BTreeSet;
use std::rc::Rc;

use pep440_rs::{Operator, VersionSpecifier};

use super::constraint::Constraint;
use super::criterion::has;
use super::error::SearchError;
use super::found::{Found, FoundWay, Placed};
use super::identifier::Identifier;
use super::names::Key;
use super::need::{Need, NeedKind};
use super::pick::{Named, Pick};
use super::provider::{Provider, Tried};
use super::request::Upgrade;
use super::template::Template;
use crate::resolve::candidates::Demand;

/// What may be chosen for an identifier.
#[derive(Debug)]
pub(super) enum Matches {
    /// These.
    Listed(Vec<Rc<Pick>>),
    /// What can be found.
    Found(Box<Found>),
}

/// A way through matches, from the first to the last.
#[derive(Debug)]
pub(super) enum Way<'m> {
    Listed(std::slice::Iter<'m, Rc<Pick>>),
    Found(FoundWay<'m>),
}

impl Matches {
    pub(super) fn way(&self) -> Way<'_> {
        match self {
            Self::Listed(picks) => Way::Listed(picks.iter()),
            Self::Found(found) => Way::Found(found.way()),
        }
    }

    /// Whether there is nothing to choose. What is installed is not worth a look at an index if it comes first.
    pub(super) fn is_empty(&self, provider: &mut Provider) -> Result<bool, SearchError> {
        match self {
            Self::Listed(picks) => Ok(picks.is_empty()),
            Self::Found(found) if matches!(found.placed, Placed::First(_)) => Ok(false),
            Self::Found(found) => Ok(found.way().next(provider)?.is_none()),
        }
    }
}

impl Way<'_> {
    pub(super) fn next(&mut self, provider: &mut Provider) -> Result<Option<Rc<Pick>>, SearchError> {
        match self {
            Self::Listed(picks) => Ok(picks.next().cloned()),
            Self::Found(way) => way.next(provider),
        }
    }
}

/// What is asked of an identifier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'n> {
    pub(super) key: Key,
    /// The needs on it.
    pub(super) needs: &'n [Rc<Need>],
    /// Those on the same project without extras, if it has some.
    pub(super) base: &'n [Rc<Need>],
    pub(super) incompatible: &'n [Rc<Pick>],
}

impl Provider<'_> {
    pub(super) fn matches(&mut self, asked: Asked) -> Result<Matches, SearchError> {
        let name = Rc::clone(self.names.get(asked.key));
        let no_extras = BTreeSet::new();
        let (project, extras) = match &name.identifier {
            Identifier::Python => return Ok(Matches::Listed(self.interpreter(asked))),
            Identifier::Project(project) => (project, &no_extras),
            Identifier::Extras(project, extras) => (project, extras),
        };
        let constraint = self.constraints.get(project).cloned().unwrap_or_default();
        let mut explicit: Vec<Rc<Pick>> = Vec::new();
        let add = |explicit: &mut Vec<Rc<Pick>>, pick: Rc<Pick>| {
            if !explicit.iter().any(|other| other.is_same(&pick)) {
                explicit.push(pick);
            }
        };
        for need in asked.needs {
            if let NeedKind::Explicit(pick) = &need.kind {
                add(&mut explicit, Rc::clone(pick));
            }
        }
        for base in asked.base.iter().filter_map(|need| need.explicit_base()) {
            if let Some(made) = base.base() {
                let template = Rc::clone(&made.template);
                add(&mut explicit, self.with_extras(base, extras, &template));
            }
        }
        let templates: Vec<&Rc<Template>> = asked
            .needs
            .iter()
            .chain(asked.base)
            .filter_map(|need| need.template())
            .collect();
        if let Some(template) = templates.first() {
            for link in &constraint.links {
                let Some(tried) = self.constrained(link.index, template)? else {
                    continue;
                };
                match tried {
                    Tried::Pick(base) => add(&mut explicit, self.with_extras(&base, extras, template)),
                    // Nothing that may be chosen could ever be installed.
                    Tried::Unsupported(_) => return Ok(Matches::Listed(Vec::new())),
                    Tried::Inconsistent(_) => {}
                    Tried::Invalid(reason) => {
                        let what = project.to_string();
                        return Err(SearchError::Unusable { what, reason });
                    }
                }
            }
        }
        if explicit.is_empty() {
            return self.found(asked, &templates, &constraint);
        }
        explicit.retain(|pick| {
            !has(asked.incompatible, pick) && constraint.allows(pick) && asked.needs.iter().all(|need| need.holds_for(pick))
        });
        Ok(Matches::Listed(explicit))
    }

    /// The interpreter, if it is what everybody needs.
    fn interpreter(&self, asked: Asked) -> Vec<Rc<Pick>> {
        let fits = asked.needs.iter().all(|need| need.holds_for(&self.python)) && !has(asked.incompatible, &self.python);
        if fits && !asked.needs.is_empty() {
            vec![Rc::clone(&self.python)]
        } else {
            Vec::new()
        }
    }

    fn constrained(&mut self, index: usize, template: &Rc<Template>) -> Result<Option<Tried>, SearchError> {
        let Some(entry) = self.request.constraints.get(index) else {
            return Ok(None);
        };
        match entry.requirement.link() {
            Some(link) => {
                let named = Named::Constraint(index);
                self.link_pick(entry, link, named, &|_| Rc::clone(template)).map(Some)
            }
            None => Ok(None),
        }
    }

    fn found(&mut self, asked: Asked, templates: &[&Rc<Template>], constraint: &Constraint) -> Result<Matches, SearchError> {
        let Some(template) = templates.first() else {
            return Ok(Matches::Listed(Vec::new()));
        };
        let mut hashes = constraint.hashes.clone();
        for template in templates {
            hashes = hashes.and(&template.hashes);
        }
        // Many ask for the same; but `===` compares texts, and equal versions may differ in theirs.
        let mut specifiers: Vec<&VersionSpecifier> = constraint.specifiers.iter().collect();
        for specifier in templates.iter().flat_map(|template| template.specifiers.iter()) {
            if *specifier.operator() == Operator::ExactEqual || !specifiers.contains(&specifier) {
                specifiers.push(specifier);
            }
        }
        let demand = Demand {
            name: template.name.clone(),
            specifiers: specifiers.into_iter().cloned().collect(),
            hashes,
        };
        let extras: BTreeSet<_> = templates.iter().flat_map(|template| &template.extras).cloned().collect();
        let project = self.names.get(asked.key).base.unwrap_or(asked.key);
        let installed = self.installed_pick(project, &demand, template)?;
        let installed = installed.map(|base| self.with_extras(&base, &extras, template));
        let placed = match installed.filter(|pick| !has(asked.incompatible, pick)) {
            None => Placed::Nowhere,
            Some(pick) if self.is_upgraded(asked.key) => Placed::ByVersion(pick),
            Some(pick) => Placed::First(pick),
        };
        Ok(Matches::Found(Box::new(Found {
            project,
            demand,
            extras,
            template: Rc::clone(template),
            placed,
            incompatible: asked.incompatible.to_vec(),
        })))
    }

    /// Whether something newer is wanted than what is installed.
    fn is_upgraded(&self, key: Key) -> bool {
        match self.request.rules.upgrade {
            Upgrade::Everything => true,
            Upgrade::Never => false,
            Upgrade::Named => {
                let base = self.names.get(key).base;
                self.requested.contains_key(&key) || base.is_some_and(|base| self.requested.contains_key(&base))
            }
        }
    }
}
