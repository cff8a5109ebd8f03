//! What a request says of all candidates.

use super::{SupportedTags, UploadedBefore};
use crate::requirements::Search;

/// What a request says of all candidates, whatever their project.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Formats, pre-releases and the liking for wheels.
    pub search: &'a Search,
    /// The tags of the target, the best first.
    pub tags: &'a SupportedTags,
    /// The Python version of the target; pip leaves out that it may be a pre-release.
    pub python: (u8, u8, u16),
    /// What `Requires-Python` of a link is worth.
    pub requires_python: RequiresPython,
    /// `--uploaded-prior-to`
    pub uploaded_prior_to: Option<UploadedBefore>,
}

/// What `Requires-Python` of a link is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RequiresPython {
    /// A link for other Pythons is no candidate.
    #[default]
    Respected,
    /// `--ignore-requires-python`
    Ignored,
}
