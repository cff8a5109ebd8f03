//! Makes picks of what is offered and installed, each once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};

use super::constraint::Constraint;
use super::direct::Sameness;
use super::error::{Beyond, SearchError};
use super::identifier::Identifier;
use super::names::{Key, Names};
use super::offers::{Offers, Unusable};
use super::pick::{Base, Named, Pick, PickKind, PickOrigin};
use super::request::{InstalledUse, Request};
use super::template::Template;
use super::warning::Warning;
use crate::requirements::{Entry, Link, canonical, contains};
use crate::resolve::candidates::{AllowedHashes, Candidate, Demand};
use crate::resolve::requires::Requires;
use crate::wheel::Metadata;

/// Makes needs and picks, each pick once.
pub(super) struct Provider<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) offers: &'a dyn Offers,
    pub(super) names: Names,
    /// The interpreter.
    pub(super) python: Rc<Pick>,
    pub(super) constraints: BTreeMap<PackageName, Constraint>,
    /// Where the user asked for an identifier first.
    pub(super) requested: HashMap<Key, usize>,
    pub(super) warnings: Vec<Warning>,
    /// Projects whose candidates were asked for, in that order.
    pub(super) asked: Vec<PackageName>,
    lists: HashMap<(Key, String, AllowedHashes), CandidateList>,
    from_links: HashMap<String, Tried>,
    installed: HashMap<Key, Rc<Pick>>,
    with_extras: HashMap<Key, Vec<Rc<Pick>>>,
}

pub(super) type CandidateList = Rc<[Arc<Candidate>]>;

/// What became of a link.
#[derive(Debug, Clone)]
pub(super) enum Tried {
    /// It may be chosen.
    Pick(Rc<Pick>),
    /// It is about something else, for this reason.
    Inconsistent(String),
    /// What it says cannot be read.
    Invalid(String),
    /// It does not fit interpreter or platform.
    Unsupported(String),
}

impl<'a> Provider<'a> {
    pub(super) fn new(request: &'a Request<'a>, offers: &'a dyn Offers) -> Result<Self, SearchError> {
        let mut names = Names::default();
        let key = names.key(&Identifier::Python);
        let python = Pick::new(key, names.get(key), PickKind::Python(request.python.clone()));
        Ok(Self {
            request,
            offers,
            names,
            python,
            constraints: Constraint::collect(request.constraints)?,
            requested: HashMap::new(),
            warnings: Vec::new(),
            asked: Vec::new(),
            lists: HashMap::new(),
            from_links: HashMap::new(),
            installed: HashMap::new(),
            with_extras: HashMap::new(),
        })
    }

    /// The candidates for a demand; offers are asked once for each.
    pub(super) fn list(&mut self, key: Key, demand: &Demand) -> Result<CandidateList, SearchError> {
        let question = (key, canonical(&demand.specifiers), demand.hashes.clone());
        if let Some(known) = self.lists.get(&question) {
            return Ok(Rc::clone(known));
        }
        if !self.asked.contains(&demand.name) {
            self.asked.push(demand.name.clone());
        }
        let list: CandidateList = self.offers.candidates(demand)?.into();
        self.lists.insert(question, Rc::clone(&list));
        Ok(list)
    }

    /// The pick that a candidate is.
    pub(super) fn index_pick(&mut self, candidate: &Arc<Candidate>, template: &Rc<Template>) -> Result<Tried, SearchError> {
        let address = candidate.link.address();
        if let Some(known) = self.from_links.get(address) {
            return Ok(known.clone());
        }
        let tried = match self.offers.metadata(candidate) {
            Ok(metadata) => {
                let claimed = Claimed {
                    name: Some(&candidate.name),
                    version: Some(&candidate.version),
                    local: candidate.link.is_local(),
                };
                let origin = PickOrigin::Index(Arc::clone(candidate));
                self.checked(metadata, claimed, origin, &|_| Rc::clone(template))?
            }
            Err(unusable) => Tried::unusable(unusable)?,
        };
        self.from_links.insert(address.to_owned(), tried.clone());
        Ok(tried)
    }

    /// The pick that a direct reference means; the template is made for the project that it turns out to be.
    pub(super) fn link_pick(
        &mut self,
        entry: &Entry,
        link: &Link,
        named: Named,
        template: &dyn Fn(&PackageName) -> Rc<Template>,
    ) -> Result<Tried, SearchError> {
        let mode = entry.requirement.mode();
        let question = format!("{mode:?} {}", link.secret());
        if let Some(known) = self.from_links.get(&question) {
            return Ok(known.clone());
        }
        let tried = match self.offers.direct(entry) {
            Ok(metadata) => {
                let claimed = Claimed {
                    name: entry.requirement.name(),
                    version: None,
                    local: link.file_path().is_some(),
                };
                let origin = PickOrigin::Direct {
                    link: link.clone(),
                    mode,
                    sameness: Sameness::of(link),
                    named,
                };
                self.checked(metadata, claimed, origin, template)?
            }
            Err(unusable) => Tried::unusable(unusable)?,
        };
        self.from_links.insert(question, tried.clone());
        Ok(tried)
    }

    fn checked(
        &mut self,
        metadata: Arc<Metadata>,
        claimed: Claimed,
        origin: PickOrigin,
        template: &dyn Fn(&PackageName) -> Rc<Template>,
    ) -> Result<Tried, SearchError> {
        let different = |what: &str, expected: &dyn std::fmt::Display, found: &str| {
            let reason = format!("inconsistent {what}: expected '{expected}', but metadata has '{found}'");
            Ok(Tried::Inconsistent(reason))
        };
        let name: Option<PackageName> = metadata.name.parse().ok();
        let Some(project) = name.clone().or_else(|| claimed.name.cloned()) else {
            return different("name", &"a project name", &metadata.name);
        };
        if let Some(expected) = claimed.name
            && name.as_ref() != Some(expected)
        {
            return different("name", expected, &metadata.name);
        }
        let beyond = |reason: String| Beyond::Metadata {
            project: project.clone(),
            reason,
        };
        let version: Version = metadata
            .version
            .parse()
            .map_err(|_| beyond(format!("its version '{}'", metadata.version)))?;
        if let Some(expected) = claimed.version
            && version != *expected
        {
            return different("version", expected, &metadata.version);
        }
        let requires = match Requires::read(&metadata) {
            Ok(requires) => requires,
            Err(error) if error.is_unsupported() => return Err(beyond(error.to_string()).into()),
            Err(error) => return Ok(Tried::Invalid(error.to_string())),
        };
        // Whether pip refuses it depends on who hosts the file.
        if let Some(dependency) = requires.direct().filter(|_| !claimed.local) {
            return Err(Beyond::direct(&project, dependency).into());
        }
        let key = self.names.key(&Identifier::Project(project.clone()));
        let base = Base {
            template: template(&project),
            project,
            version: claimed.version.cloned().unwrap_or(version),
            origin,
            metadata,
            requires,
        };
        Ok(Tried::Pick(Pick::new(key, self.names.get(key), PickKind::Base(base))))
    }

    /// The pick that is installed, if that may be chosen.
    pub(super) fn installed_pick(
        &mut self,
        key: Key,
        demand: &Demand,
        template: &Rc<Template>,
    ) -> Result<Option<Rc<Pick>>, SearchError> {
        if self.request.rules.installed != InstalledUse::Candidate {
            return Ok(None);
        }
        let Some(installed) = self.request.installed.get(&demand.name) else {
            return Ok(None);
        };
        if !contains(&demand.specifiers, &installed.version) {
            return Ok(None);
        }
        if let Some(known) = self.installed.get(&key) {
            return Ok(Some(Rc::clone(known)));
        }
        let requires = Requires::read(&installed.metadata).map_err(|error| Beyond::metadata(&demand.name, &error))?;
        let base = Base {
            project: demand.name.clone(),
            version: installed.version.clone(),
            origin: PickOrigin::Installed,
            metadata: Arc::clone(&installed.metadata),
            requires,
            template: Rc::clone(template),
        };
        let pick = Pick::new(key, self.names.get(key), PickKind::Base(base));
        self.installed.insert(key, Rc::clone(&pick));
        Ok(Some(pick))
    }

    /// A pick with extras.
    pub(super) fn with_extras(&mut self, base: &Rc<Pick>, extras: &BTreeSet<ExtraName>, template: &Rc<Template>) -> Rc<Pick> {
        let Some(project) = base.name.identifier.project().filter(|_| !extras.is_empty()) else {
            return Rc::clone(base);
        };
        let key = self.names.key(&Identifier::new(project, extras));
        let made = self.with_extras.entry(key).or_default();
        let of_base = |pick: &&Rc<Pick>| matches!(&pick.kind, PickKind::Extras { base: of, .. } if Rc::ptr_eq(of, base));
        if let Some(known) = made.iter().find(of_base) {
            return Rc::clone(known);
        }
        let kind = PickKind::Extras {
            base: Rc::clone(base),
            extras: extras.clone(),
            template: Rc::clone(template),
        };
        let pick = Pick::new(key, self.names.get(key), kind);
        made.push(Rc::clone(&pick));
        pick
    }

    pub(super) fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// What is known of a distribution before its metadata is.
#[derive(Debug, Clone, Copy)]
struct Claimed<'c> {
    name: Option<&'c PackageName>,
    version: Option<&'c Version>,
    /// Whether it is a file of this machine.
    local: bool,
}

impl Tried {
    fn unusable(unusable: Unusable) -> Result<Self, SearchError> {
        match unusable {
            Unusable::Inconsistent(reason) => Ok(Self::Inconsistent(reason)),
            Unusable::Invalid(reason) => Ok(Self::Invalid(reason)),
            Unusable::Unsupported(file) => Ok(Self::Unsupported(file)),
            Unusable::Failed(error) => Err(error.into()),
        }
    }
}
