//! From what places offer to the candidates of one project, in pip's order. Pure: no I/O.
//!
//! [`Offered::new`] looks at every link of a project once: name, format, tags, `Requires-Python`, time of upload, whatever the
//! requirements. [`Offered::applicable`] then answers a [`Demand`] as often as the search asks, with specifiers, the rule for
//! pre-releases, hashes and yanked files; what it has to sort is sorted already. [`Offered::record`] is what is kept of it, to be
//! compared with what is offered another day.

mod archive_name;
mod candidate;
mod demand;
mod error;
mod evaluation;
mod offered;
mod record;
mod refusal;
mod rules;
mod tags;
mod uploads;

pub use candidate::Candidate;
pub use demand::{AllowedHashes, Demand};
pub use error::CandidatesError;
pub use offered::Offered;
pub use record::{Difference, compare};
pub use refusal::{Refusal, Refused};
pub use rules::{RequiresPython, Rules};
pub use tags::SupportedTags;
pub use uploads::UploadedBefore;
