//! Searching a universe: offers that are in memory, and the answer in the oracle's words.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pep440_rs::{Operator, Version};
use pep508_rs::PackageName;
use serde_json::{Value, json};

use snapenv::index::simple::Link;
use snapenv::requirements::{
    Dependency, Entry, Mode, Origin, Place, Requirement, Source, SourceFile, Spelling, Strength, Target, contains,
    parse_dependency,
};
use snapenv::resolve::ResolveError;
use snapenv::resolve::candidates::{Candidate, Demand};
use snapenv::resolve::search::{
    Action, Dependencies, InstalledDistribution, InstalledUse, Listed, Offers, Releases, Request, RequiresPython, Rules,
    SearchError, Solution, Unusable, Upgrade, search,
};
use snapenv::wheel::Metadata;

use super::oracle::without_reasons;
use super::universe::{Package, Universe};

/// Offers of a universe that keep a log.
#[derive(Debug)]
pub(super) struct Memory<'u> {
    universe: &'u Universe,
    candidates: BTreeMap<PackageName, Vec<Arc<Candidate>>>,
    /// Projects whose candidates were asked for, in that order.
    pub(super) asked: RefCell<Vec<String>>,
    /// Files of which metadata was asked for, in that order.
    pub(super) fetched: RefCell<Vec<String>>,
}

impl<'u> Memory<'u> {
    pub(super) fn new(universe: &'u Universe) -> Self {
        let mut candidates: BTreeMap<PackageName, Vec<Arc<Candidate>>> = BTreeMap::new();
        for package in &universe.packages {
            let name: PackageName = package.name.parse().unwrap();
            let mut link = Link::plain(&package.address());
            link.yanked = package.yanked.as_deref().map(Arc::from);
            let candidate = Candidate {
                name: name.clone(),
                version: package.version.parse().unwrap(),
                link: Arc::new(link),
                place: 0,
            };
            candidates.entry(name).or_default().push(Arc::new(candidate));
        }
        Self {
            universe,
            candidates,
            asked: RefCell::default(),
            fetched: RefCell::default(),
        }
    }

    fn fetch(&self, package: &Package) -> Arc<Metadata> {
        let mut fetched = self.fetched.borrow_mut();
        if !fetched.contains(&package.file) {
            fetched.push(package.file.clone());
        }
        Arc::new(Metadata::parse(package.metadata().as_bytes()).unwrap())
    }
}

impl Offers for Memory<'_> {
    fn candidates(&self, demand: &Demand) -> Result<Vec<Arc<Candidate>>, ResolveError> {
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|name| name == demand.name.as_ref()) {
            asked.push(demand.name.to_string());
        }
        let all = self.candidates.get(&demand.name).map_or(&[][..], Vec::as_slice);
        let mut fitting: Vec<Arc<Candidate>> = all
            .iter()
            .filter(|candidate| contains(&demand.specifiers, &candidate.version))
            .cloned()
            .collect();
        let names_one = demand.specifiers.iter().any(|specifier| {
            let operator = specifier.operator();
            !matches!(operator, Operator::NotEqual | Operator::NotEqualStar | Operator::EqualStar)
                && specifier.version().any_prerelease()
        });
        if !names_one && fitting.iter().any(|candidate| !candidate.version.any_prerelease()) {
            fitting.retain(|candidate| !candidate.version.any_prerelease());
        }
        let pinned = demand
            .specifiers
            .iter()
            .any(|specifier| matches!(specifier.operator(), Operator::Equal | Operator::ExactEqual));
        let all_yanked = fitting.iter().all(|candidate| candidate.link.yanked.is_some());
        if !(all_yanked && pinned) {
            fitting.retain(|candidate| candidate.link.yanked.is_none());
        }
        // The last of equal ones is the best.
        fitting.sort_by_key(|candidate| (candidate.version.clone(), build_tag(&candidate.link.filename)));
        fitting.reverse();
        Ok(fitting)
    }

    fn metadata(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unusable> {
        let mut packages = self.universe.packages.iter();
        let package = packages.find(|package| *package.file == *candidate.link.filename).unwrap();
        Ok(self.fetch(package))
    }

    fn direct(&self, entry: &Entry) -> Result<Arc<Metadata>, Unusable> {
        let file = entry.requirement.link().unwrap().filename();
        let package = self.universe.direct.iter().find(|package| package.file == file).unwrap();
        Ok(self.fetch(package))
    }

    fn listed(&self, project: &PackageName) -> Result<Listed, ResolveError> {
        let all = self.candidates.get(project).into_iter().flatten();
        let (yanked, versions): (Vec<_>, Vec<_>) = all.partition(|candidate| candidate.link.yanked.is_some());
        let versions_of =
            |candidates: Vec<&Arc<Candidate>>| candidates.iter().map(|candidate| candidate.version.clone()).collect();
        Ok(Listed {
            versions: versions_of(versions),
            yanked: versions_of(yanked),
            other_python: Vec::new(),
            releases: Releases::Usual,
        })
    }
}

fn build_tag(file: &str) -> Option<String> {
    let parts: Vec<&str> = file.split('-').collect();
    (parts.len() == 6).then(|| parts[2].to_owned())
}

fn entry(text: &str, line: usize, strength: Strength) -> Entry {
    let Dependency {
        name, extras, source, ..
    } = parse_dependency(text).unwrap();
    let target = match source {
        Source::Versions(specifiers) => Target::Index { name, specifiers },
        Source::Url(url) => Target::Archive {
            name: Some(name),
            link: url,
        },
    };
    let file = match strength {
        Strength::Requirement => "requirements.txt",
        Strength::Constraint => "constraints.txt",
    };
    let origin = match line {
        0 => Origin::CommandLine,
        line => Origin::File {
            file: Arc::new(SourceFile {
                place: Place::File(PathBuf::from(file)),
                name: file.to_owned(),
                strength,
                included_from: None,
            }),
            line,
        },
    };
    Entry {
        origin,
        requirement: Requirement {
            target,
            extras,
            marker: None,
        },
        spelled: Spelling::of(text),
        hashes: Vec::new(),
        config_settings: BTreeMap::new(),
    }
}

pub(super) fn entries(texts: &[(String, usize)], strength: Strength) -> Vec<Entry> {
    texts.iter().map(|(text, line)| entry(text, *line, strength)).collect()
}

fn rules(universe: &Universe) -> Rules {
    Rules {
        dependencies: if universe.rules.no_deps {
            Dependencies::Ignored
        } else {
            Dependencies::Followed
        },
        python: if universe.rules.ignore_python {
            RequiresPython::Ignored
        } else {
            RequiresPython::Checked
        },
        upgrade: match universe.rules.upgrade {
            "named" => Upgrade::Named,
            "everything" => Upgrade::Everything,
            _ => Upgrade::Never,
        },
        installed: match universe.rules.installed {
            "reinstalled" => InstalledUse::Reinstalled,
            "overlooked" => InstalledUse::Overlooked,
            _ => InstalledUse::Candidate,
        },
        rounds: universe.rules.rounds,
    }
}

/// The environment of markers that the oracle's interpreter has, as far as universes name it.
fn environment() -> BTreeMap<String, String> {
    let pairs = [("python_version", "3.11"), ("sys_platform", "linux")];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Searches a universe.
pub(super) fn solve(universe: &Universe, offers: &dyn Offers) -> Result<Solution, SearchError> {
    let installed = universe.installed.iter().map(|package| {
        let distribution = InstalledDistribution {
            version: package.version.parse().unwrap(),
            metadata: Arc::new(Metadata::parse(package.metadata().as_bytes()).unwrap()),
            mode: Mode::Regular,
        };
        (package.name.parse().unwrap(), distribution)
    });
    let python: Version = "3.11.7".parse().unwrap();
    let request = Request {
        entries: &entries(&universe.roots, Strength::Requirement),
        constraints: &entries(&universe.constraints, Strength::Constraint),
        installed: &installed.collect(),
        python: &python,
        environment: &environment(),
        rules: rules(universe),
    };
    search(&request, offers)
}

/// The answer in the oracle's words.
pub(super) fn answer(universe: &Universe) -> Value {
    let offers = Memory::new(universe);
    let mut answer = match solve(universe, &offers) {
        Ok(solution) => told(&solution),
        Err(SearchError::Impossible(impossible)) => json!({
            "impossible": {"errors": impossible.errors, "details": impossible.details, "summary": impossible.summary},
            "warnings": impossible.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Err(SearchError::TooDeep) => return json!({"deep": true}),
        Err(error) => return json!({"crash": error.to_string()}),
    };
    answer["asked"] = json!(*offers.asked.borrow());
    answer["fetched"] = json!(*offers.fetched.borrow());
    without_reasons(&mut answer);
    answer
}

fn told(solution: &Solution) -> Value {
    let order = solution.order.iter().map(|name| {
        let chosen = &solution.chosen[name];
        json!({
            "name": name.to_string(),
            "version": chosen.version.to_string(),
            "extras": chosen.extras.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "requested": chosen.entry.is_some(),
            "replaces": chosen.action == Action::Replace,
        })
    });
    let kept = solution.chosen.values().filter(|chosen| chosen.action == Action::Keep);
    let warnings = solution.warnings.iter().map(ToString::to_string);
    json!({
        "order": order.collect::<Vec<_>>(),
        "kept": kept.map(|chosen| format!("{}=={}", chosen.name, chosen.version)).collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
    })
}
