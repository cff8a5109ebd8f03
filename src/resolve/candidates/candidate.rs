//! What may be chosen.

use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::index::simple::Link;

/// One artifact that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The project.
    pub name: PackageName,
    /// The version that the file's name tells.
    pub version: Version,
    /// The file.
    pub link: Arc<Link>,
    /// The place that offers it: the number of its listing ([`Listing::order`](crate::index::simple::Listing)).
    pub place: usize,
}
