//! What one place offers for one project.

use std::fmt;
use std::sync::Arc;

use super::Link;
use crate::index::redact;

/// What one place offers for one project, complete and in its order.
#[derive(Clone, PartialEq, Eq)]
pub struct Listing {
    /// The URL that was asked (after no redirect), or that of a file or folder; without userinfo.
    pub place: String,
    /// The number of the listing for its project, in pip's order of looking: among otherwise equal files the one listed last wins, in the
    /// listing of the highest order.
    pub order: usize,
    /// How the links were found.
    pub source: Source,
    /// The links, in the order of the page; listings of several projects may share them.
    pub links: Arc<[Link]>,
}

/// How links were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// On the page of an index.
    Index,
    /// On a page given by `--find-links`.
    FoundPage,
    /// As files given by `--find-links`, alone or in a folder.
    FoundFiles,
}

impl fmt::Debug for Listing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Listing")
            .field("place", &format_args!("{}", redact(&self.place)))
            .field("order", &self.order)
            .field("source", &self.source)
            .field("links", &self.links)
            .finish()
    }
}
