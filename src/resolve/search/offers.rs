//! What a search chooses from.

use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::requirements::Entry;
use crate::resolve::ResolveError;
use crate::resolve::candidates::{Candidate, Demand};
use crate::wheel::Metadata;

/// What a search chooses from. Answers are the same however often they are asked for.
pub trait Offers {
    /// The candidates of one project that satisfy everything that is required of it now, best first. Installed and direct ones are not
    /// among them.
    ///
    /// # Errors
    /// When they cannot be known; that ends the search.
    fn candidates(&self, demand: &Demand) -> Result<Vec<Arc<Candidate>>, ResolveError>;

    /// What a candidate says of itself.
    ///
    /// # Errors
    /// When it cannot be used.
    fn metadata(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unusable>;

    /// What the distribution says of itself that a requirement or constraint names by URL or path.
    ///
    /// # Errors
    /// When it cannot be used.
    fn direct(&self, entry: &Entry) -> Result<Arc<Metadata>, Unusable>;

    /// What there is of a project at all, for messages.
    ///
    /// # Errors
    /// When it cannot be known.
    fn listed(&self, project: &PackageName) -> Result<Listed, ResolveError>;
}

/// Why a candidate cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// What it says of itself is about something else: the next file of the version is tried.
    Inconsistent(String),
    /// What it says of itself cannot be read: its version is passed over.
    Invalid(String),
    /// It is a wheel for other interpreters or platforms.
    Unsupported(String),
    /// The search ends here.
    Failed(ResolveError),
}

/// What there is of a project, less what formats, tags and `Requires-Python` exclude.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Every version that is not yanked.
    pub versions: Vec<Version>,
    /// Every version of which some file is yanked.
    pub yanked: Vec<Version>,
    /// What `Requires-Python` excluded, in pip's words: `2.0 Requires-Python >=3.12`.
    pub other_python: Vec<String>,
    /// Which versions count.
    pub releases: Releases,
}

/// Which versions count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Releases {
    /// Those that the pre-release rule allows, or all.
    #[default]
    Usual,
    /// Final ones only (`--only-final`).
    Final,
}
