//! The candidates of one project.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::evaluation::{Evaluated, Evaluation, Stop, Wheel};
use super::refusal::Refusal;
use super::{Candidate, CandidatesError, Demand, Refused, Rules};
use crate::index::simple::{Link, Listing, Source};
use crate::requirements::{contains, has_pin, names_prerelease};

/// All candidates of one project, whatever its requirements: looked at once for a run.
#[derive(Debug)]
pub struct Offered {
    project: PackageName,
    listings: Vec<Listing>,
    /// The best first, as far as no hashes are concerned.
    entries: Vec<Entry>,
    /// By the number that entries give.
    versions: Vec<Version>,
    /// By numbers of listing and link.
    refused: Vec<(usize, usize, Refusal)>,
    invalid_requires_python: Vec<Arc<str>>,
    /// What the request says of pre-releases of the project.
    prereleases: Option<bool>,
}

#[derive(Debug)]
struct Entry {
    candidate: Arc<Candidate>,
    /// The number of its version.
    version: usize,
    /// When pip came across it.
    found: usize,
}

impl Offered {
    /// Looks at everything that the places offer for `project`.
    ///
    /// # Errors
    /// Listings that pip refuses, or that only pip can read.
    pub fn new(project: &PackageName, listings: &[Listing], rules: &Rules<'_>) -> Result<Self, CandidatesError> {
        let mut evaluation = Evaluation::new(project, rules);
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        for (listing_at, link_at) in in_order(listings) {
            let (listing, link) = (&listings[listing_at], &listings[listing_at].links[link_at]);
            match evaluation.link(link, &listing.place) {
                Ok(evaluated) => found.push((evaluated, link, listing.order)),
                Err(Stop::Refused(refusal)) => refused.push((listing_at, link_at, refusal)),
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
        let (versions, invalid_requires_python) = evaluation.finish();
        Ok(Self {
            project: project.clone(),
            listings: listings.to_vec(),
            entries: sorted(project, found, &versions, rules),
            versions,
            refused,
            invalid_requires_python,
            prereleases: rules.search.releases.allows_prereleases(project.as_ref()),
        })
    }

    /// The candidates that satisfy a demand, the best first.
    ///
    /// Several may be of one version, for where the first of them turns out to be unusable.
    pub fn applicable(&self, demand: &Demand) -> Vec<Arc<Candidate>> {
        let fits: Vec<bool> = self
            .versions
            .iter()
            .map(|version| contains(&demand.specifiers, version))
            .collect();
        let is_final = |entry: &&Entry| !entry.candidate.version.any_prerelease();
        let mut entries: Vec<&Entry> = self.entries.iter().filter(|entry| fits[entry.version]).collect();
        let prereleases = self
            .prereleases
            .unwrap_or_else(|| names_prerelease(&demand.specifiers) || !entries.iter().any(is_final));
        if !prereleases {
            entries.retain(is_final);
        }
        if !demand.hashes.is_empty() {
            let is_named = |entry: &&Entry| demand.hashes.names(&entry.candidate.link.digests);
            let (mut named, mut others): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_named);
            if !named.is_empty() {
                others.retain(|entry| entry.candidate.link.digests.is_empty());
            }
            named.append(&mut others);
            entries = named;
        }
        let is_yanked = |entry: &&Entry| entry.candidate.link.yanked.is_some();
        if !(has_pin(&demand.specifiers) && entries.iter().all(is_yanked)) {
            entries.retain(|entry| !is_yanked(entry));
        }
        entries.into_iter().map(|entry| Arc::clone(&entry.candidate)).collect()
    }

    /// All candidates, the best first as far as no hashes are concerned.
    pub fn candidates(&self) -> impl Iterator<Item = &Arc<Candidate>> {
        self.entries.iter().map(|entry| &entry.candidate)
    }

    /// The versions with files that are not yanked, ascending: what pip's "(from versions: ...)" lists.
    pub fn versions(&self) -> Vec<&Version> {
        self.versions_of(|link| link.yanked.is_none())
    }

    /// The versions with yanked files, ascending: what pip's "Ignored the following yanked versions" lists.
    pub fn yanked_versions(&self) -> Vec<&Version> {
        self.versions_of(|link| link.yanked.is_some())
    }

    fn versions_of(&self, of: impl Fn(&Link) -> bool) -> Vec<&Version> {
        let mut entries: Vec<_> = self.entries.iter().filter(|entry| of(&entry.candidate.link)).collect();
        // Of spellings of one version, `1.0` and `1.0.0`, pip shows the one that it came across first.
        entries.sort_by(|a, b| (&a.candidate.version, a.found).cmp(&(&b.candidate.version, b.found)));
        entries.dedup_by(|a, b| a.candidate.version == b.candidate.version);
        entries.into_iter().map(|entry| &entry.candidate.version).collect()
    }

    /// What pip's "Ignored the following versions that require a different python version" lists; there, it is merged from all
    /// projects looked at so far.
    pub fn other_pythons(&self) -> BTreeSet<String> {
        self.refused().filter_map(|refused| refused.requires_python()).collect()
    }

    /// The files that are no candidates, in pip's order of looking.
    pub fn refused(&self) -> impl Iterator<Item = Refused<'_>> {
        self.refused.iter().map(|(listing, link, refusal)| Refused {
            project: &self.project,
            place: &self.listings[*listing].place,
            link: &self.listings[*listing].links[*link],
            refusal,
        })
    }

    /// What stands for `Requires-Python` and is no specifier, which pip passes over.
    pub fn invalid_requires_python(&self) -> &[Arc<str>] {
        &self.invalid_requires_python
    }
}

/// Numbers of listings and links in pip's order of looking: files of folders first, by URL from behind, then the pages in their order.
///
/// Each URL counts once in a page, and once among all files; those with an `#egg=` come last there.
fn in_order(listings: &[Listing]) -> Vec<(usize, usize)> {
    let numbers = |listing: usize| (0..listings[listing].links.len()).map(move |link| (listing, link));
    let of = |(listing, link): (usize, usize)| &listings[listing].links[link];
    let mut pages: Vec<usize> = (0..listings.len()).collect();
    pages.sort_by_key(|listing| listings[*listing].order);
    let (files, pages): (Vec<_>, Vec<_>) = pages
        .into_iter()
        .partition(|listing| listings[*listing].source == Source::FoundFiles);
    let mut files: Vec<_> = files.into_iter().flat_map(numbers).collect();
    files.sort_by_key(|at| Reverse(of(*at).address()));
    let groups = std::iter::once(files).chain(pages.into_iter().map(|page| numbers(page).collect()));
    let once_eggs_last = |mut group: Vec<(usize, usize)>| {
        let mut seen = HashSet::with_capacity(group.len());
        group.retain(|at| seen.insert(of(*at).address()));
        let (eggs, mut others): (Vec<_>, Vec<_>) = group.into_iter().partition(|at| of(*at).egg().is_some());
        others.extend(eggs);
        others
    };
    groups.flat_map(once_eggs_last).collect()
}

/// The best first: not yanked, a wheel where they are preferred, the higher version, the better tag, the higher build tag, found later.
fn sorted(project: &PackageName, found: Vec<(Evaluated, &Link, usize)>, versions: &[Version], rules: &Rules<'_>) -> Vec<Entry> {
    let ranks = ranks(versions);
    let keyed = found.into_iter().enumerate().map(|(found, (evaluated, link, place))| {
        let wheel = evaluated.wheel.map(|Wheel { position, build }| (Reverse(position), build));
        let preferred = rules.search.prefer_binary && wheel.is_some();
        let key = (link.yanked.is_none(), preferred, ranks[evaluated.version], wheel, found);
        let candidate = Candidate {
            name: project.clone(),
            version: versions[evaluated.version].clone(),
            link: Arc::new(link.clone()),
            place,
        };
        let entry = Entry {
            candidate: Arc::new(candidate),
            version: evaluated.version,
            found,
        };
        (key, entry)
    });
    let mut keyed: Vec<_> = keyed.collect();
    keyed.sort_by(|(a, _), (b, _)| b.cmp(a));
    keyed.into_iter().map(|(_, entry)| entry).collect()
}

/// For each version its position among them in ascending order; equal ones have the same.
fn ranks(versions: &[Version]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..versions.len()).collect();
    order.sort_by(|a, b| versions[*a].cmp(&versions[*b]));
    let mut ranks = vec![0; versions.len()];
    for pair in order.windows(2) {
        if let [lower, higher] = *pair {
            ranks[higher] = ranks[lower] + usize::from(versions[lower] != versions[higher]);
        }
    }
    ranks
}

#[cfg(test)]
mod tests;
