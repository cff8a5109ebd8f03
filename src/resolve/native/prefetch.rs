//! Asking ahead: what the search will probably want, in parallel.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use pep440_rs::VersionSpecifiers;
use pep508_rs::{ExtraName, PackageName};

use super::market::Market;
use crate::requirements::{Entry, Source, Target, parse_dependency};
use crate::resolve::ResolveError;
use crate::resolve::candidates::{AllowedHashes, Candidate, Demand};
use crate::resolve::search::{Listed, Offers, Unusable};
use crate::wheel::Metadata;

/// What will probably be wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Guess {
    name: PackageName,
    specifiers: VersionSpecifiers,
    extras: BTreeSet<ExtraName>,
}

/// Where guessing begins, and by what it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prospect<'a> {
    /// What the user asks for.
    pub(super) entries: &'a [Entry],
    /// Constraints.
    pub(super) constraints: &'a [Entry],
    /// Projects that will probably be needed, whoever requires them.
    pub(super) likely: &'a [PackageName],
    /// Projects that will probably stay as they are installed.
    pub(super) settled: &'a BTreeSet<PackageName>,
    /// The environment of markers.
    pub(super) environment: &'a BTreeMap<String, String>,
}

/// What is left to be asked, for all threads.
#[derive(Debug, Default)]
struct Queue {
    guesses: VecDeque<Guess>,
    seen: HashSet<Guess>,
    over: bool,
}

/// Asks ahead on `threads` threads while `work` is done, and stops with it. What the work asks for tells what it will need next.
pub(super) fn prefetch<T>(market: &Market<'_>, prospect: Prospect<'_>, threads: usize, work: impl FnOnce(&dyn Offers) -> T) -> T {
    let ahead = Ahead {
        market,
        prospect,
        queue: Mutex::default(),
        more: Condvar::new(),
    };
    ahead.begin();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| ahead.run());
        }
        // However the work ends, the threads do.
        let _end = End(&ahead);
        work(&ahead)
    })
}

struct Ahead<'a> {
    market: &'a Market<'a>,
    prospect: Prospect<'a>,
    queue: Mutex<Queue>,
    more: Condvar,
}

struct End<'a>(&'a Ahead<'a>);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.queue().over = true;
        self.0.more.notify_all();
    }
}

impl Ahead<'_> {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) {
        for entry in self.prospect.entries {
            if let Target::Index { name, specifiers } = &entry.requirement.target {
                self.guess(name, specifiers, &entry.requirement.extras);
            }
        }
        for name in self.prospect.likely {
            self.guess(name, &VersionSpecifiers::empty(), &BTreeSet::new());
        }
    }

    fn guess(&self, name: &PackageName, specifiers: &VersionSpecifiers, extras: &BTreeSet<ExtraName>) {
        if self.prospect.settled.contains(name) {
            return;
        }
        let guess = Guess {
            name: name.clone(),
            specifiers: specifiers.clone(),
            extras: extras.clone(),
        };
        let mut queue = self.queue();
        if queue.seen.insert(guess.clone()) {
            queue.guesses.push_back(guess);
            self.more.notify_one();
        }
    }

    fn run(&self) {
        while let Some(guess) = self.next() {
            self.follow(&guess);
        }
    }

    fn next(&self) -> Option<Guess> {
        let mut queue = self.queue();
        loop {
            if queue.over {
                return None;
            }
            if let Some(guess) = queue.guesses.pop_front() {
                return Some(guess);
            }
            queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Asks for the page of a project and the metadata of its best candidate, and guesses on from there.
    fn follow(&self, guess: &Guess) {
        let Ok(stall) = self.market.stall(&guess.name) else { return };
        let demand = Demand {
            name: guess.name.clone(),
            specifiers: self.constrained(guess),
            hashes: AllowedHashes::default(),
        };
        let candidates = stall.offered.applicable(&demand);
        // The metadata of an sdist may take a build: that is not done for a guess, but for what there is no way around.
        let certain = candidates.len() == 1 && self.is_asked_for(&guess.name);
        let best = candidates.first().filter(|best| is_wheel(best) || certain);
        let Some((best, metadata)) = best.and_then(|best| Some((best, self.market.metadata_of(best).ok()?))) else {
            return;
        };
        if is_wheel(best) && self.is_pinned(best) {
            self.market.expect(best, &metadata);
        }
        self.guess_dependencies(&metadata, &guess.extras);
    }

    fn guess_dependencies(&self, metadata: &Metadata, extras: &BTreeSet<ExtraName>) {
        let extras: Vec<ExtraName> = extras.iter().cloned().collect();
        for text in &metadata.requires_dist {
            let Ok(dependency) = parse_dependency(text) else { continue };
            let marker = dependency.marker.as_ref();
            let applies = marker.is_none_or(|marker| marker.applies(self.prospect.environment, &extras).unwrap_or(false));
            if let (true, Source::Versions(specifiers)) = (applies, &dependency.source) {
                self.guess(&dependency.name, specifiers, &dependency.extras);
            }
        }
    }

    fn is_asked_for(&self, name: &PackageName) -> bool {
        let mut asked = self.prospect.entries.iter().filter_map(|entry| entry.requirement.name());
        asked.any(|other| other == name)
    }

    /// Whether the user pins the project, so that this is the version, and nothing speaks against the file.
    fn is_pinned(&self, candidate: &Candidate) -> bool {
        let mut asked = self.prospect.entries.iter();
        asked.any(|entry| {
            let requirement = &entry.requirement;
            let fits = entry.hashes.is_empty() || AllowedHashes::of(&entry.hashes).names(&candidate.link.digests);
            fits && requirement.name() == Some(&candidate.name) && requirement.pinned().is_some()
        })
    }

    fn constrained(&self, guess: &Guess) -> VersionSpecifiers {
        let constraints = self
            .prospect
            .constraints
            .iter()
            .filter_map(|entry| match &entry.requirement.target {
                Target::Index { name, specifiers } if *name == guess.name => Some(specifiers),
                _ => None,
            });
        let asked = self
            .prospect
            .entries
            .iter()
            .filter_map(|entry| match &entry.requirement.target {
                Target::Index { name, specifiers } if *name == guess.name => Some(specifiers),
                _ => None,
            });
        let all = constraints.chain(asked).chain([&guess.specifiers]);
        all.flat_map(|specifiers| specifiers.iter().cloned()).collect()
    }
}

/// The market, watched: dependencies of what was looked at come next.
impl Offers for Ahead<'_> {
    fn candidates(&self, demand: &Demand) -> Result<Vec<Arc<Candidate>>, ResolveError> {
        self.market.candidates(demand)
    }

    fn metadata(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unusable> {
        let metadata = self.market.metadata(candidate)?;
        self.guess_dependencies(&metadata, &BTreeSet::new());
        Ok(metadata)
    }

    fn direct(&self, entry: &Entry) -> Result<Arc<Metadata>, Unusable> {
        let metadata = self.market.direct(entry)?;
        self.guess_dependencies(&metadata, &entry.requirement.extras);
        Ok(metadata)
    }

    fn listed(&self, project: &PackageName) -> Result<Listed, ResolveError> {
        self.market.listed(project)
    }
}

fn is_wheel(candidate: &Candidate) -> bool {
    candidate.link.filename.ends_with(".whl")
}
