//! Where a search gets its facts from.

use std::sync::Arc;

use pep508_rs::PackageName;

use crate::index::simple::Offered;
use crate::key::Sha256;
use crate::requirements::Entry;
use crate::resolve::ResolveError;
use crate::resolve::candidates::Candidate;
use crate::wheel::Metadata;

/// Where a search gets its facts from; asked from several threads.
pub trait Sources: Sync {
    /// What all places offer for a project, in pip's order.
    ///
    /// # Errors
    /// Why only pip can say that.
    fn listings(&self, project: &PackageName) -> Result<Offered, String>;

    /// The metadata of a file that a place offers.
    ///
    /// # Errors
    /// Why it cannot be used.
    fn metadata(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unfit>;

    /// What a requirement or constraint names by URL or path.
    ///
    /// # Errors
    /// Why it cannot be used.
    fn direct(&self, entry: &Entry) -> Result<Referenced, Unfit>;

    /// Hears, while the search goes on, of a wheel that will be needed unless nothing fits together.
    fn expect(&self, _wheel: &Candidate, _metadata: &Metadata) {}
}

/// What a URL or path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referenced {
    /// What it says of itself.
    pub metadata: Arc<Metadata>,
    /// The digest of the archive; folders have none.
    pub sha256: Option<Sha256>,
}

/// Why something cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// Its metadata is about something else.
    Inconsistent(String),
    /// Its metadata cannot be read.
    Invalid(String),
    /// It is a wheel for other interpreters or platforms.
    Unsupported(String),
    /// Only pip can say.
    Unknown(String),
}

impl Unfit {
    /// It as a reason to ask pip.
    pub(super) fn beyond(self) -> ResolveError {
        let (Self::Inconsistent(reason) | Self::Invalid(reason) | Self::Unsupported(reason) | Self::Unknown(reason)) = self;
        ResolveError::Beyond(reason)
    }
}
