//! The candidates of a project, one at a time: what is installed among what is offered.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::ExtraName;

use super::criterion::has;
use super::error::{Beyond, SearchError};
use super::names::Key;
use super::pick::Pick;
use super::provider::{CandidateList, Provider, Tried};
use super::template::Template;
use super::warning::Warning;
use crate::resolve::candidates::{Candidate, Demand};

/// The candidates of a project for one demand.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) project: Key,
    pub(super) demand: Demand,
    pub(super) extras: BTreeSet<ExtraName>,
    pub(super) template: Rc<Template>,
    pub(super) placed: Placed,
    pub(super) incompatible: Vec<Rc<Pick>>,
}

/// Where what is installed stands among the others.
#[derive(Debug)]
pub(super) enum Placed {
    /// Nothing is, or it does not count.
    Nowhere,
    /// Before all others, which are not even looked at before.
    First(Rc<Pick>),
    /// Before each that is not newer; behind all others if all are.
    ByVersion(Rc<Pick>),
}

/// A way through found candidates, from the first to the last.
#[derive(Debug)]
pub(super) struct FoundWay<'m> {
    found: &'m Found,
    list: Option<CandidateList>,
    next: usize,
    seen: Vec<Version>,
    /// Whether what is installed was given for the candidate that is next.
    given: bool,
    begun: bool,
}

impl Found {
    pub(super) fn way(&self) -> FoundWay<'_> {
        FoundWay {
            found: self,
            list: None,
            next: 0,
            seen: Vec::new(),
            given: false,
            begun: false,
        }
    }
}

impl FoundWay<'_> {
    /// The next pick that is not known to be incompatible.
    pub(super) fn next(&mut self, provider: &mut Provider) -> Result<Option<Rc<Pick>>, SearchError> {
        while let Some(pick) = self.step(provider)? {
            if !has(&self.found.incompatible, &pick) {
                return Ok(Some(pick));
            }
        }
        Ok(None)
    }

    fn step(&mut self, provider: &mut Provider) -> Result<Option<Rc<Pick>>, SearchError> {
        if !self.begun {
            self.begun = true;
            if let Placed::First(pick) = &self.found.placed {
                self.seen.push(pick.version().clone());
                return Ok(Some(Rc::clone(pick)));
            }
        }
        let list = match &self.list {
            Some(list) => Rc::clone(list),
            None => Rc::clone(self.list.insert(provider.list(self.found.project, &self.found.demand)?)),
        };
        while let Some(candidate) = list.get(self.next) {
            if !self.given && self.seen.contains(&candidate.version) {
                self.next += 1;
                continue;
            }
            // pip gives it again for each candidate that is not newer.
            if let Placed::ByVersion(pick) = &self.found.placed
                && !self.given
                && *pick.version() >= candidate.version
            {
                self.given = true;
                self.seen.push(pick.version().clone());
                return Ok(Some(Rc::clone(pick)));
            }
            self.given = false;
            self.next += 1;
            if let Some(pick) = self.make(candidate, provider)? {
                return Ok(Some(pick));
            }
        }
        match &self.found.placed {
            Placed::ByVersion(pick) if !self.seen.contains(pick.version()) => {
                self.seen.push(pick.version().clone());
                Ok(Some(Rc::clone(pick)))
            }
            _ => Ok(None),
        }
    }

    fn make(&mut self, candidate: &Arc<Candidate>, provider: &mut Provider) -> Result<Option<Rc<Pick>>, SearchError> {
        match provider.index_pick(candidate, &self.found.template)? {
            Tried::Pick(base) => {
                self.seen.push(candidate.version.clone());
                Ok(Some(provider.with_extras(&base, &self.found.extras, &self.found.template)))
            }
            Tried::Inconsistent(_) => Ok(None),
            Tried::Invalid(reason) => {
                // Beside an installed distribution, pip does not expect it.
                if !matches!(self.found.placed, Placed::Nowhere) {
                    let project = candidate.name.clone();
                    return Err(Beyond::InvalidBesideInstalled { project }.into());
                }
                self.seen.push(candidate.version.clone());
                provider.warn(Warning::InvalidMetadata {
                    project: self.found.template.spelled.name.clone(),
                    version: candidate.version.clone(),
                    reason,
                });
                Ok(None)
            }
            Tried::Unsupported(file) => Err(SearchError::Unsupported(file)),
        }
    }
}
