//! What indexes and other places offer: the simple repository API (PEP 503, 592, 658, 691, 700, 714), folders and single files.
//!
//! A [`Listing`] is what one place offers for one project: its [`Link`]s in the order of the page. Nothing is filtered here; which
//! links are candidates is for `resolve` to say.

mod address;
mod digests;
mod error;
mod folder;
mod html;
mod json;
mod kept;
mod link;
mod listing;
mod offered;
mod page;
mod pages;
mod places;
mod shelf;
mod texts;
mod uploaded;
mod visit;

pub use digests::Digests;
pub use error::{PageError, PagesError};
pub use kept::page_soundness;
pub use link::{Link, MetadataFile};
pub use listing::{Listing, Source};
pub use offered::{Offered, PassedOver, Reason};
pub use page::Page;
pub use pages::{Keeping, Pages};
pub use places::Places;
pub(super) use places::bare;
pub use shelf::{Freshness, Shelf};
pub use uploaded::Uploaded;
