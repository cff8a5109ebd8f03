//! Answers by the native search: pip's rules, asked of the index directly.
//!
//! [`Market`] is what the search chooses from: pages and metadata, each asked for once per run, whoever comes first. [`prefetch`] runs
//! ahead of the search on threads of its own and asks for what it will probably need; the search itself is sequential, so the answer
//! does not depend on what arrived when. What has to be built to be known (sdists, folders) is asked for by the search alone.
//!
//! Whatever goes wrong on the way to an index is left to real pip, which has pip's own patience and words.

mod direct;
mod filters;
mod market;
mod prefetch;
mod reply;
mod resolved;
mod sources;

pub use filters::{filters, tags_of};
pub use market::{Market, Stall};
pub use reply::{Native, resolve_natively};
pub use resolved::artifact;
pub use sources::{Referenced, Sources, Unfit};
