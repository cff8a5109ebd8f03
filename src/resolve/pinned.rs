//! Fully pinned closures, checked in process against recorded metadata.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::ExtraName;

use super::answer::{Answer, Answered};
use super::closure::{Closure, Edges, Wanted, dependencies};
use super::error::ResolveError;
use super::question::{Question, settings_of};
use crate::interpreter::Facts;
use crate::key::PinPreimage;
use crate::requirements::{Entry, Source, Target, contains};
use crate::store::Kind;
use crate::wheel::Metadata;

/// Whether a closure could be checked in process.
#[derive(Debug)]
pub enum PinnedOutcome {
    /// It could, and this is the answer.
    Answer(Answer),
    /// It could not; the reason is a detail for `-v`.
    AskPip(String),
}

/// Answers a request in which everything is pinned, from what was recorded for the same index configuration.
///
/// Anything that is not pinned, not recorded, or contradictory is left to pip: it has the better words for what is wrong.
pub fn resolve_pinned(question: &Question, facts: &Facts, recorded: &dyn Fn(&PinPreimage) -> Option<Answered>) -> PinnedOutcome {
    match Check::new(question, facts, recorded).and_then(Check::run) {
        Ok(answer) => PinnedOutcome::Answer(answer),
        Err(reason) => PinnedOutcome::AskPip(reason),
    }
}

struct Check<'a> {
    question: &'a Question,
    facts: &'a Facts,
    recorded: &'a dyn Fn(&PinPreimage) -> Option<Answered>,
    pins: BTreeMap<String, Version>,
    /// Everything that is demanded of a project by requirements and constraints.
    demands: BTreeMap<String, Vec<VersionSpecifiers>>,
    found: BTreeMap<String, Answered>,
}

type Wants = (String, BTreeSet<ExtraName>);

impl<'a> Check<'a> {
    fn new(
        question: &'a Question,
        facts: &'a Facts,
        recorded: &'a dyn Fn(&PinPreimage) -> Option<Answered>,
    ) -> Result<Self, String> {
        let mut check = Self {
            question,
            facts,
            recorded,
            pins: BTreeMap::new(),
            demands: BTreeMap::new(),
            found: BTreeMap::new(),
        };
        for entry in question.entries.iter().chain(&question.constraints) {
            let Target::Index { name, specifiers } = &entry.requirement.target else {
                return Err(format!("{} is a direct reference", entry.requirement));
            };
            if let Some(version) = entry.requirement.pinned() {
                check.pins.insert(name.to_string(), version.clone());
            }
            check.demands.entry(name.to_string()).or_default().push(specifiers.clone());
        }
        Ok(check)
    }

    fn run(mut self) -> Result<Answer, String> {
        if self.question.upgrades() {
            return Err("an upgrade looks for newer versions of what is installed".to_owned());
        }
        let changing = ["no-deps", "only-deps", "ignore-requires-python"];
        if changing.iter().any(|option| self.question.has(option)) {
            return Err("an option changes which dependencies count".to_owned());
        }
        if !self.question.target.is_the_interpreter() {
            return Err("another Python is meant".to_owned());
        }
        let hashed = self
            .question
            .hashes
            .required(self.question.entries.iter().chain(&self.question.constraints))
            .ok_or("contradictory hash options")?;
        let roots: Vec<Wanted> = self.question.entries.iter().filter_map(root).collect();
        let mut todo: VecDeque<Wants> = roots.iter().map(|root| (root.name.clone(), root.extras.clone())).collect();
        let mut seen = BTreeSet::new();
        while let Some((name, extras)) = todo.pop_front() {
            if !seen.insert((name.clone(), extras.clone())) {
                continue;
            }
            let installed = self.question.installed.contains_key(&name);
            if !self.found.contains_key(&name) && !installed {
                let record = self.look_up(&name, hashed)?;
                self.found.insert(name.clone(), record);
            }
            self.follow(&name, &extras, &mut todo)?;
        }
        self.check_demands()?;
        self.finish(&roots, &seen).map_err(|error| error.to_string())
    }

    fn look_up(&self, name: &str, hashed: bool) -> Result<Answered, String> {
        if self.question.preimage.visible.iter().any(|visible| visible.name == name) {
            return Err(format!("{name} is installed already"));
        }
        let version = self.pins.get(name).ok_or_else(|| format!("{name} is not pinned"))?;
        let preimage = self.pin_preimage(name, version);
        if hashed && preimage.hashes.is_empty() {
            return Err(format!("{name} has no hash"));
        }
        let record = (self.recorded)(&preimage).ok_or_else(|| format!("{name}=={version} is not recorded"))?;
        self.check_python(&record)?;
        Ok(record)
    }

    fn pin_preimage(&self, name: &str, version: &Version) -> PinPreimage {
        let entries = self.question.entries.iter().chain(&self.question.constraints);
        let of_name = entries.filter(|entry| entry.requirement.name().is_some_and(|other| other.as_ref() == name));
        pin_preimage(self.question, name, version, of_name)
    }

    fn check_python(&self, record: &Answered) -> Result<(), String> {
        let Some(text) = record.metadata.requires_python.as_deref() else {
            return Ok(());
        };
        let allowed = crate::requirements::parse_dependency(&format!("python ({text})"));
        let running: Version = self
            .facts
            .full_version
            .parse()
            .map_err(|_| "the version of the interpreter".to_owned())?;
        match allowed.map(|dependency| dependency.source) {
            Ok(Source::Versions(specifiers)) if contains(&specifiers, &running) => Ok(()),
            _ => Err(format!("{} requires Python {text}", record.resolved.name)),
        }
    }

    fn follow(&mut self, name: &str, extras: &BTreeSet<ExtraName>, todo: &mut VecDeque<Wants>) -> Result<(), String> {
        let found = self.found.get(name).map(|record| &record.metadata);
        let Some(metadata) = found.or_else(|| self.question.installed.get(name)).cloned() else {
            return Ok(());
        };
        let provided: BTreeSet<ExtraName> = metadata.provides_extra.iter().filter_map(|name| name.parse().ok()).collect();
        if let Some(unknown) = extras.difference(&provided).next() {
            return Err(format!("{name} does not provide the extra {unknown}"));
        }
        for dependency in dependencies(&metadata, extras, &self.facts.markers).map_err(|error| error.to_string())? {
            let Source::Versions(specifiers) = dependency.source else {
                return Err(format!("{name} depends on a direct reference"));
            };
            let wanted = dependency.name.to_string();
            self.demands.entry(wanted.clone()).or_default().push(specifiers);
            todo.push_back((wanted, dependency.extras));
        }
        Ok(())
    }

    fn check_demands(&self) -> Result<(), String> {
        let installed = self
            .question
            .installed
            .iter()
            .map(|(name, metadata)| (name, &metadata.version));
        let found = self.found.iter().map(|(name, record)| (name, &record.resolved.version));
        for (name, version) in found.chain(installed) {
            let demands = self.demands.get(name).into_iter().flatten();
            let version: Version = version.parse().map_err(|_| format!("the version of {name}"))?;
            if let Some(unmet) = demands.into_iter().find(|specifiers| !contains(specifiers, &version)) {
                return Err(format!("{name} {version} does not satisfy {unmet}"));
            }
        }
        Ok(())
    }

    fn finish(self, roots: &[Wanted], seen: &BTreeSet<Wants>) -> Result<Answer, ResolveError> {
        let installed = self.question.installed_in_graph();
        let mut metadata: BTreeMap<String, &Metadata> =
            installed.iter().map(|(name, metadata)| (name.clone(), metadata)).collect();
        metadata.extend(self.found.iter().map(|(name, record)| (name.clone(), &record.metadata)));
        let edges = Edges {
            dependencies: true,
            python: true,
        };
        let closure = Closure::new(metadata, &self.facts.markers, roots, edges)?;
        let requested: BTreeSet<&String> = roots.iter().map(|root| &root.name).collect();
        let mut distributions = Vec::new();
        for name in closure.order(&self.found.keys().cloned().collect()) {
            let Some(record) = self.found.get(&name) else { continue };
            let mut resolved = record.resolved.clone();
            resolved.requested = requested.contains(&name);
            let extras = seen
                .iter()
                .filter(|(wanted, _)| *wanted == name)
                .flat_map(|(_, extras)| extras);
            resolved.extras = extras.map(ToString::to_string).collect::<BTreeSet<_>>().into_iter().collect();
            distributions.push(Answered {
                resolved,
                metadata: record.metadata.clone(),
                core: None,
                size: None,
            });
        }
        Ok(Answer {
            distributions,
            kind: Kind::Pinned,
            markers: closure.volatile().clone(),
            reads: None,
            unlisted: Vec::new(),
            without: None,
        })
    }
}

/// A root of the graph.
pub(super) fn root(entry: &Entry) -> Option<Wanted> {
    let specified = match &entry.requirement.target {
        Target::Index { specifiers, .. } => !specifiers.is_empty(),
        Target::Archive { .. } | Target::Folder { .. } | Target::Vcs { .. } => false,
    };
    Some(Wanted {
        name: entry.requirement.name()?.to_string(),
        extras: entry.requirement.extras.clone(),
        specified,
    })
}

/// The question that a pin asks; `entries` are all that name the project.
pub(super) fn pin_preimage<'a>(
    question: &Question,
    name: &str,
    version: &Version,
    entries: impl Iterator<Item = &'a Entry>,
) -> PinPreimage {
    let mut hashes = BTreeSet::new();
    let mut settings = BTreeSet::new();
    for entry in entries {
        hashes.extend(entry.hashes.iter().map(ToString::to_string));
        settings.extend(settings_of(entry));
    }
    let asked = &question.preimage;
    PinPreimage {
        name: name.to_owned(),
        version: version.to_string(),
        index: asked.index.clone(),
        options: asked.options.clone(),
        hashes: hashes.into_iter().collect(),
        settings: settings.into_iter().collect(),
        interpreter: asked.interpreter.clone(),
        pip: asked.pip.clone(),
        bytecode: asked.bytecode,
    }
}

impl Question {
    /// The pin that names a project, and the question that it asks; nothing if the project is not pinned.
    pub fn pin_of(&self, name: &str) -> Option<PinPreimage> {
        let of_name = || {
            let entries = self.entries.iter().chain(&self.constraints);
            entries.filter(move |entry| entry.requirement.name().is_some_and(|other| other.as_ref() == name))
        };
        let version = of_name().find_map(|entry| entry.requirement.pinned())?;
        Some(pin_preimage(self, name, version, of_name()))
    }
}

#[cfg(test)]
mod tests;
