//! What the search chooses from.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::sources::{Referenced, Sources, Unfit};
use crate::index::Memo;
use crate::index::simple::Listing;
use crate::requirements::{Entry, Link, Mode};
use crate::resolve::ResolveError;
use crate::resolve::candidates::{Candidate, Demand, Offered, Rules};
use crate::resolve::search::{Listed, Offers, Releases, Unusable};
use crate::resolve::{read_of, tells_all};
use crate::store::ReadRecord;
use crate::wheel::{Filename, InvalidFilename, Metadata};

/// What the search chooses from; everything is asked for once.
pub struct Market<'a> {
    sources: &'a dyn Sources,
    rules: Rules<'a>,
    stalls: Memo<PackageName, Result<Arc<Stall>, String>>,
    /// By the address of the file.
    metadata: Memo<String, Result<Arc<Metadata>, Unfit>>,
    /// By the manner of installing and the URL.
    direct: Memo<(Mode, String), Result<Referenced, Unfit>>,
    /// The first place that refused us.
    refused: OnceLock<String>,
}

/// What is offered of one project.
#[derive(Debug)]
pub struct Stall {
    /// Its candidates.
    pub offered: Offered,
    /// What is kept of it, to be compared another day; nothing if files could change unnoticed.
    pub read: Option<ReadRecord>,
    /// The place that was in trouble, where one was: it is as if it offered nothing, which will change.
    pub trouble: Option<String>,
}

impl<'a> Market<'a> {
    /// A market that nobody has asked yet.
    pub fn new(sources: &'a dyn Sources, rules: Rules<'a>) -> Self {
        Self {
            sources,
            rules,
            stalls: Memo::default(),
            metadata: Memo::default(),
            direct: Memo::default(),
            refused: OnceLock::new(),
        }
    }

    /// The candidates of a project, whatever is required of it.
    ///
    /// # Errors
    /// Why only pip can say.
    pub fn stall(&self, project: &PackageName) -> Result<Arc<Stall>, String> {
        self.stalls.get(project, || {
            let found = self.sources.listings(project)?;
            let listings: Vec<Listing> = found.listings.iter().map(|listing| Listing::clone(listing)).collect();
            let offered = Offered::new(project, &listings, &self.rules).map_err(|error| error.to_string())?;
            let read = tells_all(&offered).then(|| read_of(project, listings.iter(), &offered));
            let trouble = found
                .passed_over
                .iter()
                .find(|passed| passed.is_trouble())
                .map(ToString::to_string);
            if let Some(refused) = found.passed_over.iter().find(|passed| passed.refusal().is_some()) {
                self.refused.get_or_init(|| refused.to_string());
            }
            Ok(Arc::new(Stall { offered, read, trouble }))
        })
    }

    /// What a candidate says of itself.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn metadata_of(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unfit> {
        self.metadata
            .get(&candidate.link.address().to_owned(), || self.sources.metadata(candidate))
    }

    /// Tells of a wheel that will be needed unless nothing fits together.
    pub(super) fn expect(&self, wheel: &Candidate, metadata: &Metadata) {
        self.sources.expect(wheel, metadata);
    }

    /// What a direct reference leads to.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn referenced(&self, entry: &Entry) -> Result<Referenced, Unfit> {
        let requirement = &entry.requirement;
        let address = requirement.link().map(Link::secret).unwrap_or_default();
        self.direct.get(&(requirement.mode(), address.to_owned()), || {
            if let Some(link) = requirement.link().filter(|link| link.is_wheel()) {
                self.check_wheel(entry, link)?;
            }
            self.sources.direct(entry)
        })
    }

    /// Whether the name of a wheel says that it can be used.
    fn check_wheel(&self, entry: &Entry, link: &Link) -> Result<(), Unfit> {
        let name = link.filename();
        let unreadable = |reason: &dyn std::fmt::Display| Unfit::Unknown(format!("{}: {reason}", entry.requirement));
        let Filename { name: project, tags, .. } = name.parse().map_err(|error: InvalidFilename| unreadable(&error))?;
        if !self.rules.tags.supports([&tags[0], &tags[1], &tags[2]]) {
            return Err(Unfit::Unsupported(name));
        }
        match entry.requirement.name() {
            Some(asked) if asked.as_ref() != project => Err(unreadable(&"its file name is another project's")),
            _ => Ok(()),
        }
    }

    /// The place that refused us, where one did.
    pub(super) fn refused(&self) -> Option<&String> {
        self.refused.get()
    }

    /// The place that was in trouble when the search asked for its projects, where one was.
    pub(super) fn trouble(&self, asked: &[PackageName]) -> Option<String> {
        asked.iter().find_map(|project| self.stall(project).ok()?.trouble.clone())
    }

    /// What was offered of the projects that the search asked for, to be compared another day; nothing if that does not tell all.
    pub(super) fn reads(&self, asked: &[PackageName]) -> Option<Vec<ReadRecord>> {
        let asked: BTreeSet<&PackageName> = asked.iter().collect();
        let read = |project: &&PackageName| self.stall(project).ok()?.read.clone();
        asked.iter().map(read).collect()
    }
}

impl From<Unfit> for Unusable {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Inconsistent(reason) => Self::Inconsistent(reason),
            Unfit::Invalid(reason) => Self::Invalid(reason),
            Unfit::Unsupported(reason) => Self::Unsupported(reason),
            Unfit::Unknown(reason) => Self::Failed(ResolveError::Beyond(reason)),
        }
    }
}

impl Offers for Market<'_> {
    fn candidates(&self, demand: &Demand) -> Result<Vec<Arc<Candidate>>, ResolveError> {
        let stall = self.stall(&demand.name).map_err(ResolveError::Beyond)?;
        Ok(stall.offered.applicable(demand))
    }

    fn metadata(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unusable> {
        Ok(self.metadata_of(candidate)?)
    }

    fn direct(&self, entry: &Entry) -> Result<Arc<Metadata>, Unusable> {
        Ok(self.referenced(entry)?.metadata)
    }

    fn listed(&self, project: &PackageName) -> Result<Listed, ResolveError> {
        let stall = self.stall(project).map_err(ResolveError::Beyond)?;
        let owned = |versions: Vec<&Version>| versions.into_iter().cloned().collect();
        let releases = match self.rules.search.releases.allows_prereleases(project.as_ref()) {
            Some(false) => Releases::Final,
            Some(true) | None => Releases::Usual,
        };
        Ok(Listed {
            versions: owned(stall.offered.versions()),
            yanked: owned(stall.offered.yanked_versions()),
            other_python: stall.offered.other_pythons().into_iter().collect(),
            releases,
        })
    }
}
