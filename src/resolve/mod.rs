//! From what is asked to pinned distributions in pip's installation order.
//!
//! A closure in which everything is pinned is checked in process against recorded metadata. Everything else is answered by real pip,
//! whose report names the distributions but not their order: that comes from the dependency graph in either case.

mod answer;
mod by_pip;
pub mod candidates;
mod closure;
mod conflicts;
mod error;
mod graph;
mod kind;
mod native;
mod pin;
mod pinned;
mod question;
mod reads;
mod requires;
pub mod search;
mod sidecar;
mod walk;

pub use answer::{Answer, Answered};
pub use by_pip::{Asking, ByPip, resolve_by_pip};
pub use closure::Closure;
pub use conflicts::conflicts;
pub use error::ResolveError;
pub use graph::{Graph, Node};
pub use native::{Market, Native, Referenced, Sources, Stall, Unfit, artifact, filters, resolve_natively, tags_of};
pub use pin::ask_pin;
pub use pinned::{PinnedOutcome, resolve_pinned};
pub use question::{Asker, Keeping, Question, Surroundings, index_preimage};
pub use reads::{agrees, changes, read_of, tells_all};
pub use requires::{Requires, Written, requires_python};
pub use sidecar::check_sidecar;
pub use walk::{Met, Start, Walk, walk};
