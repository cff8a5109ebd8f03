//! What places offer now.

use std::path::PathBuf;

use pep508_rs::PackageName;
use rayon::prelude::*;

use super::context::Context;
use super::pip_home::Newest;
use crate::index::FetchError;
use crate::index::simple::{Freshness as PageFreshness, Keeping, Listing, Pages, PassedOver, Places, Reason, Shelf};
use crate::interpreter::supported_tags;
use crate::key::{PageKey, Sha256};
use crate::resolve::candidates::{Offered, RequiresPython, Rules, SupportedTags};
use crate::resolve::{Question, read_of, tells_all};
use crate::store::{ReadRecord, Store};

/// The store, as those know it who keep pages.
pub(super) struct StoreShelf<'a>(pub(super) &'a Store);

impl Shelf for StoreShelf<'_> {
    fn page(&self, key: PageKey) -> PathBuf {
        self.0.home().index_page(key)
    }

    fn metadata(&self, wheel: Sha256) -> PathBuf {
        self.0.home().metadata(wheel)
    }

    fn staging(&self) -> Option<PathBuf> {
        Some(self.0.home().staging())
    }
}

/// What is offered for a project.
pub(super) struct Seen {
    /// What is kept of it.
    pub(super) record: ReadRecord,
    /// Its candidates.
    pub(super) offered: Offered,
}

impl Context<'_> {
    /// Looks at all that is offered now for some projects, all at the same time.
    ///
    /// # Errors
    /// The reason why that cannot be told: a place is in trouble, or only pip can make sense of what it says.
    pub(super) fn look(&self, question: &Question, projects: &[PackageName]) -> Result<Vec<Seen>, String> {
        if question.preimage.options.contains_key("uploaded-prior-to") {
            return Err("only files of a certain age count".to_owned());
        }
        let tags = supported_tags(self.facts).ok_or("the interpreter's tags are not known")?;
        let rules = Rules {
            search: &question.search,
            tags: &tags.into_iter().collect::<SupportedTags>(),
            python: self.facts.version,
            requires_python: if question.has("ignore-requires-python") {
                RequiresPython::Ignored
            } else {
                RequiresPython::Respected
            },
            uploaded_prior_to: None,
        };
        let search = &question.search;
        let fetcher = self.fetcher(search);
        let pip = self.provide_pip(Newest::Known).map_err(|error| error.to_string())?;
        let indexes = self.indexes(search, &pip).ok_or("it is not known which index pip asks")?;
        let places = Places::new(&search.find_links, &indexes, &self.world.current_dir);
        let kept = StoreShelf(self.store);
        let keeping = Keeping {
            shelf: &kept,
            freshness: PageFreshness::Revalidate,
            now: self.world.now,
        };
        let pages = Pages::new(&fetcher, places, keeping);
        pages.prefetch(projects);
        let seen = projects.par_iter().map(|project| seen(&pages, project, &rules));
        seen.collect()
    }
}

fn seen(pages: &Pages, project: &PackageName, rules: &Rules) -> Result<Seen, String> {
    let found = pages.listings(project).map_err(|error| error.to_string())?;
    if let Some(trouble) = found.passed_over.iter().find(|place| is_trouble(place)) {
        return Err(trouble.to_string());
    }
    let listings: Vec<Listing> = found.listings.iter().map(|listing| Listing::clone(listing)).collect();
    let offered = Offered::new(project, &listings, rules).map_err(|error| error.to_string())?;
    if !tells_all(&offered) {
        return Err(format!("files of {project} have no digests"));
    }
    Ok(Seen {
        record: read_of(project, listings.iter(), &offered),
        offered,
    })
}

/// Whether a place may have something that it does not show now. What refuses us has nothing for us, as what knows no such project.
fn is_trouble(place: &PassedOver) -> bool {
    match &place.reason {
        Reason::Fetch(FetchError::Status { status, .. }) => !matches!(status, 400..=407 | 409..=428 | 430..=499),
        Reason::Fetch(_) => true,
        Reason::Page(_) | Reason::Insecure | Reason::Unusable | Reason::WasAbsent(_) => false,
    }
}
