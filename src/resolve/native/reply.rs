//! From a question to an answer by the native search.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::filters::{filters, tags_of};
use super::market::Market;
use super::prefetch::{Prospect, prefetch};
use super::resolved::resolved;
use super::sources::Sources;
use crate::interpreter::Facts;
use crate::report::Progress;
use crate::requirements::{Entry, Mode};
use crate::resolve::ResolveError;
use crate::resolve::answer::{Answer, Answered};
use crate::resolve::candidates::AllowedHashes;
use crate::resolve::closure::{Closure, Edges, Wanted};
use crate::resolve::kind::{is_pinned, kind_of};
use crate::resolve::pinned::root;
use crate::resolve::question::Question;
use crate::resolve::search::{
    Action, Dependencies, InstalledDistribution, InstalledUse, Request, RequiresPython, Rules, SearchError, Solution, Source,
    Upgrade, search,
};
use crate::store::Resolved;
use crate::wheel::{Metadata, Text};

/// Threads that ask ahead: most of them wait for the network.
const THREADS: usize = 24;

/// By what a native answer goes, beside the question.
#[derive(Clone, Copy)]
pub struct Native<'a> {
    /// The interpreter.
    pub facts: &'a Facts,
    /// Where facts come from.
    pub sources: &'a dyn Sources,
    /// Projects that will probably be needed: those of an earlier answer.
    pub likely: &'a [PackageName],
    /// Who is told.
    pub progress: &'a dyn Progress,
}

/// Answers by the native search.
///
/// # Errors
/// When nothing fits together, in pip's words; [`ResolveError::Beyond`] when pip has to be asked.
pub fn resolve_natively(question: &Question, native: &Native) -> Result<Answer, ResolveError> {
    let facts = native.facts;
    for option in UNKNOWN {
        if question.has(option) {
            return Err(ResolveError::Beyond(format!("--{option} is pip's alone")));
        }
    }
    let tags = tags_of(&question.target, facts).map_err(ResolveError::Beyond)?;
    let (major, minor, micro) = question.target.version(facts);
    let python = Version::new([u64::from(major), minor.into(), micro.into()]);
    let market = Market::new(native.sources, filters(question, facts, &tags).map_err(ResolveError::Beyond)?);
    let installed = installed(question)?;
    let request = Request {
        entries: &question.entries,
        constraints: &question.constraints,
        installed: &installed,
        python: &python,
        environment: &facts.markers,
        rules: rules(question),
    };
    let settled: BTreeSet<PackageName> = match request.rules.upgrade {
        Upgrade::Never => installed.keys().cloned().collect(),
        Upgrade::Named | Upgrade::Everything => BTreeSet::new(),
    };
    let prospect = Prospect {
        entries: &question.entries,
        constraints: &question.constraints,
        likely: native.likely,
        settled: &settled,
        environment: &facts.markers,
    };
    let found = prefetch(&market, prospect, THREADS, |offers| search(&request, offers));
    let warnings = match &found {
        Ok(solution) => solution.warnings.as_slice(),
        Err(SearchError::Impossible(impossible)) => &impossible.warnings,
        Err(_) => &[],
    };
    for warning in warnings {
        native.progress.warn(&warning.to_string());
    }
    let solution = found.map_err(|error| match (market.refused(), error) {
        // A place may know pip where it refuses us; with other answers, pip goes on without it, too.
        (Some(refused), SearchError::Impossible(_)) => ResolveError::Beyond(refused.clone()),
        (_, error) => refusal(error),
    })?;
    check_hashes(question, &solution)?;
    answer(question, facts, &solution, &market)
}

/// Options under which pip does something else than its usual search.
const UNKNOWN: [&str; 2] = ["use-deprecated", "check-build-dependencies"];

fn refusal(error: SearchError) -> ResolveError {
    match error {
        SearchError::Beyond(beyond) => ResolveError::Beyond(beyond.to_string()),
        SearchError::Offers(error) => error,
        SearchError::Impossible(impossible) => ResolveError::refused(&format!("{impossible}\n")),
        other => ResolveError::refused(&format!("ERROR: {other}\n")),
    }
}

fn rules(question: &Question) -> Rules {
    let eager = || {
        let strategy = question.preimage.options.get("upgrade-strategy");
        strategy.is_some_and(|values| values.last().is_some_and(|value| value == "eager"))
    };
    Rules {
        dependencies: if question.has("no-deps") {
            Dependencies::Ignored
        } else {
            Dependencies::Followed
        },
        python: if question.has("ignore-requires-python") {
            RequiresPython::Ignored
        } else {
            RequiresPython::Checked
        },
        upgrade: match question.has("upgrade") {
            true if eager() => Upgrade::Everything,
            true => Upgrade::Named,
            false => Upgrade::Never,
        },
        installed: InstalledUse::Candidate,
        ..Rules::default()
    }
}

fn installed(question: &Question) -> Result<BTreeMap<PackageName, InstalledDistribution>, ResolveError> {
    // What is visible without its metadata being known is the seed: pip itself.
    let seeds = question
        .preimage
        .visible
        .iter()
        .filter(|one| one.metadata.is_empty())
        .map(|one| Metadata {
            name: one.name.clone(),
            version: one.version.clone(),
            requires_dist: Vec::new(),
            requires_python: None,
            provides_extra: Vec::new(),
            text: Text::default(),
        });
    let known: BTreeSet<&String> = question.installed.keys().collect();
    if let Some(other) = question
        .preimage
        .visible
        .iter()
        .find(|one| !one.metadata.is_empty() && !known.contains(&one.name))
    {
        return Err(ResolveError::Beyond(format!("{} is visible from elsewhere", other.name)));
    }
    let mut installed = BTreeMap::new();
    for metadata in seeds.chain(question.installed.values().cloned()) {
        let unreadable = || ResolveError::Beyond(format!("{} {} is installed", metadata.name, metadata.version));
        let one = InstalledDistribution {
            version: metadata.version.parse().map_err(|_| unreadable())?,
            mode: Mode::Regular,
            metadata: Arc::new(metadata.clone()),
        };
        installed.insert(metadata.name.parse().map_err(|_| unreadable())?, one);
    }
    Ok(installed)
}

/// With required hashes, whatever is installed has to be pinned to one; what is wrong with that is for pip to say.
fn check_hashes(question: &Question, solution: &Solution) -> Result<(), ResolveError> {
    let entries = || question.entries.iter().chain(&question.constraints);
    let required = question
        .hashes
        .required(entries())
        .ok_or_else(|| ResolveError::Beyond("contradictory hash options".to_owned()))?;
    let pinned = |name: &PackageName| {
        let mut of_name = entries().filter(|entry| entry.requirement.name() == Some(name));
        of_name.any(|entry| !entry.hashes.is_empty()) && question.pin_of(name.as_ref()).is_some()
    };
    // The hashes of direct references were checked before anything was done with them.
    let direct = |name: &PackageName| {
        let source = solution.chosen.get(name).map(|chosen| &chosen.source);
        matches!(source, Some(Source::Entry(_)))
    };
    if let Some(name) = solution.order.iter().find(|name| required && !pinned(name) && !direct(name)) {
        return Err(ResolveError::Beyond(format!("{name} has no hash")));
    }
    let offered = solution
        .order
        .iter()
        .filter_map(|name| match &solution.chosen.get(name)?.source {
            Source::Offered(candidate) => Some((name, &candidate.link)),
            _ => None,
        });
    let mut unknown = offered.filter(|(name, link)| {
        let mut asked = entries().filter(|entry| entry.requirement.name() == Some(name) && !entry.hashes.is_empty());
        asked.any(|entry| !AllowedHashes::of(&entry.hashes).names(&link.digests))
    });
    match unknown.next() {
        Some((name, _)) => Err(ResolveError::Beyond(format!("{name} is not known to have an allowed hash"))),
        None => Ok(()),
    }
}

fn answer(question: &Question, facts: &Facts, solution: &Solution, market: &Market) -> Result<Answer, ResolveError> {
    let roots: Vec<Wanted> = question.entries.iter().filter_map(|entry| root_of(entry, market)).collect();
    let (mut distributions, mut unlisted) = (Vec::new(), Vec::new());
    for name in &solution.order {
        let Some(chosen) = solution.chosen.get(name) else { continue };
        if chosen.action == Action::Keep {
            continue;
        }
        if question.has("only-deps") && roots.iter().any(|root| root.name == name.as_ref()) {
            unlisted.push(Metadata::clone(&chosen.metadata));
            continue;
        }
        distributions.push(Answered {
            resolved: resolved(question, chosen, market)?,
            metadata: Metadata::clone(&chosen.metadata),
            core: None,
            size: match &chosen.source {
                Source::Offered(candidate) => candidate.link.size,
                Source::Entry(_) | Source::Constraint(_) | Source::Installed => None,
            },
        });
    }
    let metadata = solution
        .chosen
        .iter()
        .map(|(name, chosen)| (name.to_string(), &*chosen.metadata));
    let edges = Edges {
        dependencies: !question.has("no-deps"),
        python: false,
    };
    let closure = Closure::new(metadata.collect(), &facts.markers, &roots, edges)?;
    let settled = distributions.iter().all(|one| is_settled(question, &one.resolved));
    Ok(Answer {
        kind: kind_of(question, distributions.iter().map(|one| &one.resolved)),
        markers: closure.volatile().clone(),
        reads: market.reads(&solution.asked).filter(|_| settled),
        without: market.trouble(&solution.asked),
        distributions,
        unlisted,
    })
}

/// Whether looking at indexes is enough to know that a distribution is still the one: what a URL without a digest leads to may change.
fn is_settled(question: &Question, resolved: &Resolved) -> bool {
    resolved.direct_url.is_none() || is_pinned(question, resolved)
}

/// A root of the graph; what was asked for without a name is called as it calls itself.
fn root_of(entry: &Entry, market: &Market) -> Option<Wanted> {
    root(entry).or_else(|| {
        let name: PackageName = market.referenced(entry).ok()?.metadata.name.parse().ok()?;
        Some(Wanted {
            name: name.to_string(),
            extras: entry.requirement.extras.clone(),
            specified: false,
        })
    })
}
