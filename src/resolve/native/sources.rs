//! Where a search gets its facts from.

use std::sync::Arc;

use pep508_rs::PackageName;

use crate::index::simple::Offered;
use crate::requirements::Entry;
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

    /// The metadata of what a requirement names by URL or path.
    ///
    /// # Errors
    /// Why it cannot be used.
    fn direct(&self, entry: &Entry) -> Result<Arc<Metadata>, Unfit>;
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
