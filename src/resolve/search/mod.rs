//! pip's search for versions that fit together: pure, deterministic, lazy.
//!
//! [`search`] answers a [`Request`] from what an [`Offers`] has. It asks for one candidate list or one piece of metadata at a time, in the
//! order in which pip 26.3 would ask, and only for what pip would ask for: the answer is the same however slowly anything arrives.
//!
//! # Terms
//! An [`Identifier`] is what one version is looked for: a project, a project with extras, the interpreter. A *need* is one requirement on
//! it, a *pick* one candidate for it. A *criterion* holds the needs on one identifier, each with the pick that has it, the picks that are
//! left, and those known not to work. A *state* is the pins and criteria of one moment; states are stacked, one for each pin.
//!
//! # How it goes
//! [`Rounds`](rounds) pin one identifier after the other ([`Preference`](preference) says which); where nothing fits, [`jump`](jump) goes
//! back, at first optimistically, later safely. [`Provider`](provider) makes needs and picks of requirements and candidates.
//!
//! # What is left to pip
//! [`Beyond`] lists it: direct references inside dependencies, metadata that only pip might read, constraints that are none, metadata that
//! cannot be read of a project that is installed, and an answer that contradicts itself.

mod chosen;
mod constraint;
mod criterion;
mod dependencies;
mod direct;
mod error;
mod found;
mod identifier;
mod impossible;
mod jump;
mod matches;
mod names;
mod need;
mod offers;
mod ordered;
mod pick;
mod preference;
mod provider;
mod request;
mod roots;
mod rounds;
mod solution;
mod state;
mod template;
mod warning;

pub use chosen::{Action, Chosen, Source};
pub use error::{Beyond, SearchError};
pub use identifier::Identifier;
pub use impossible::{Cause, Impossible};
pub use offers::{Listed, Offers, Releases, Unusable};
pub use request::{Dependencies, InstalledDistribution, InstalledUse, Request, RequiresPython, Rules, Upgrade};
pub use rounds::search;
pub use solution::Solution;
pub use warning::Warning;
