//! Reaching the indexes of a request: pages and metadata, kept in the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pep508_rs::PackageName;

use super::context::Context;
use super::error::PipelineError;
use super::living::beyond;
use super::provided_pip::ProvidedPip;
use crate::index::metadata::{MetadataError, MetadataReader};
use crate::index::simple::{Freshness as Allowed, Keeping, Offered, Pages, PassedOver, Places, Reason, Shelf};
use crate::index::{FetchError, Fetcher};
use crate::key::{PageKey, Sha256};
use crate::report::Progress;
use crate::requirements::{Entry, Search};
use crate::resolve::candidates::Candidate;
use crate::resolve::{Referenced, Sources, Unfit};
use crate::settings::{Freshness, KeyringUse};
use crate::store::{Staging, Store};
use crate::wheel::{InvalidMetadata, Metadata};

/// What is needed to reach the indexes of a request; nothing is asked before it is used.
pub(super) struct IndexAccess<'a> {
    fetcher: Fetcher,
    kept: Kept<'a>,
    scratch: Staging,
    places: Places,
    allowed: Allowed,
}

impl Context<'_> {
    /// The way to the indexes that `search` names; those of `pip` are meant where it names none.
    ///
    /// # Errors
    /// When the store cannot be written, or nobody knows where pip would look.
    pub(super) fn index_access(&self, search: &Search, pip: &ProvidedPip) -> Result<IndexAccess<'_>, PipelineError> {
        let indexes = self
            .indexes(search, pip)
            .ok_or_else(|| beyond("it is not known which index pip asks".to_owned()))?;
        self.index_access_to(search, &indexes, None)
    }

    /// The way to indexes, with the other places of `search`; `retries` where the user's number of them does not count.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(super) fn index_access_to(
        &self,
        search: &Search,
        indexes: &[String],
        retries: Option<u32>,
    ) -> Result<IndexAccess<'_>, PipelineError> {
        Ok(IndexAccess {
            fetcher: self.fetcher_with(search, retries),
            kept: Kept(self.store),
            scratch: self.store.staging()?,
            places: Places::new(&search.find_links, indexes, &self.world.current_dir),
            allowed: match self.settings.freshness {
                Freshness::Offline => Allowed::Offline,
                Freshness::MaxAge(age) => Allowed::Within(age),
                Freshness::Ask | Freshness::Refresh => Allowed::Revalidate,
            },
        })
    }
}

impl IndexAccess<'_> {
    /// By what the indexes are reached.
    pub(super) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// Pages and metadata, asked for at most once while `work` goes on.
    pub(super) fn with<T>(&self, context: &Context, work: impl FnOnce(&IndexSources) -> T) -> T {
        let keeping = Keeping {
            shelf: &self.kept,
            freshness: self.allowed,
            now: context.world.now,
        };
        work(&IndexSources {
            fetcher: &self.fetcher,
            scratch: self.scratch.path(),
            pages: Pages::new(&self.fetcher, self.places.clone(), keeping),
            metadata: MetadataReader::new(&self.fetcher, &self.kept, self.scratch.path(), context.progress)
                .wanting(context.wanted_of_metadata()),
            keyring: context.settings.keyring,
            progress: context.progress,
            warned: AtomicBool::new(false),
        })
    }
}

/// The store as the index client sees it.
struct Kept<'a>(&'a Store);

impl Shelf for Kept<'_> {
    fn page(&self, key: PageKey) -> PathBuf {
        self.0.home().index_page(key)
    }

    fn metadata(&self, wheel: Sha256) -> PathBuf {
        self.0.home().metadata(wheel)
    }

    fn staging(&self) -> Option<PathBuf> {
        Some(self.0.home().staging())
    }

    fn note_damage(&self, path: &Path, reason: &str) {
        self.0.note_damage(path, reason);
    }
}

/// The facts that indexes have.
pub(super) struct IndexSources<'a> {
    pub(super) fetcher: &'a Fetcher,
    /// A folder for temporary files, which is gone with all of this.
    pub(super) scratch: &'a Path,
    pub(super) pages: Pages<'a>,
    metadata: MetadataReader<'a>,
    keyring: KeyringUse,
    progress: &'a dyn Progress,
    /// The first place in trouble was told of; others are details.
    warned: AtomicBool,
}

impl IndexSources<'_> {
    /// Goes on without a place, as pip does.
    ///
    /// # Errors
    /// Why pip might have something from there.
    fn pass_over(&self, passed: &PassedOver) -> Result<(), String> {
        match (&passed.reason, passed.refusal()) {
            // It knows credentials that we have no way to.
            (_, Some(401)) if self.keyring == KeyringUse::Imported => return Err(passed.to_string()),
            (_, Some(_)) | (Reason::Fetch(FetchError::Status { .. }), None) => {}
            (Reason::Fetch(_), None) => return Err(passed.to_string()),
            (Reason::Page(_) | Reason::Insecure | Reason::Unusable | Reason::WasAbsent(_), None) => return Ok(()),
        }
        let is_news = passed.is_trouble() || passed.refusal() == Some(401);
        if is_news && !self.warned.swap(true, Ordering::Relaxed) {
            self.progress.warn(&passed.to_string());
        } else if !passed.is_absent() {
            self.progress.detail(&passed.to_string());
        }
        Ok(())
    }
}

impl Sources for IndexSources<'_> {
    fn listings(&self, project: &PackageName) -> Result<Offered, String> {
        let offered = self.pages.listings(project).map_err(|error| error.to_string())?;
        offered.passed_over.iter().try_for_each(|passed| self.pass_over(passed))?;
        Ok(offered)
    }

    fn metadata(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unfit> {
        if !candidate.link.filename.ends_with(".whl") {
            return Err(Unfit::Unknown(format!(
                "{} has to be built to be known",
                candidate.link.filename
            )));
        }
        match self.metadata.of_wheel(&candidate.link) {
            Ok(described) => Ok(described.metadata),
            Err(MetadataError::Invalid {
                problem: InvalidMetadata::Version(version),
                ..
            }) => Err(Unfit::Unknown(format!("{} {version}", candidate.name))),
            Err(error) => Err(Unfit::Unknown(error.to_string())),
        }
    }

    fn direct(&self, entry: &Entry) -> Result<Referenced, Unfit> {
        Err(Unfit::Unknown(format!("{} is a direct reference", entry.requirement)))
    }
}
