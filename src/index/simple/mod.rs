//! What indexes and other places offer: the simple repository API (PEP 503, 592, 658, 691, 700, 714), folders and single files.
//!
//! A [`Listing`] is what one place offers for one project: its [`Link`]s in the order of the page. Nothing is filtered here; which
//! links are candidates is for `resolve` to say.

mod address;
mod digests;
mod error;
mod html;
mod json;
mod link;
mod listing;
mod page;
mod texts;
mod uploaded;

pub use digests::Digests;
pub use error::PageError;
pub use link::{Link, MetadataFile};
pub use listing::{Listing, Source};
pub use page::Page;
pub use uploaded::Uploaded;
