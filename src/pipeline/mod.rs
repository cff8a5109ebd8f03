//! The one orchestrator: from a request to an environment and a report.
//!
//! [`venv`] makes environments, [`install`] adds to living ones, [`materialize`] makes them flat, [`doctor`] looks after them. A hit reads one request record and one snapshot,
//! checks and links; everything slow is reached only from a miss.

mod ahead;
mod answer;
mod artifact;
mod build_diagnosis;
mod build_environment;
mod build_key;
mod build_requires;
mod build_run;
mod build_tree;
mod build_wheel;
mod changed_pins;
mod context;
mod damage;
mod damaged_store;
pub mod diff;
mod diff_portrait;
pub mod doctor;
pub mod dry_run;
mod editables;
mod error;
mod fill;
mod full_store;
mod handover;
mod healing;
mod hit;
mod index_access;
mod index_trouble;
mod index_variables;
pub mod install;
mod layered;
pub mod living;
pub mod materialize;
mod native;
mod native_sources;
mod newest_pip;
mod obtain;
mod on_top;
mod pip_home;
mod pips_index;
pub mod proof;
mod proof_case;
mod proof_sealed;
mod proof_truth;
mod proof_verdict;
mod provided_pip;
mod question;
mod reads;
pub mod repair;
mod reported;
mod said;
mod seats;
mod snapshots;
mod source;
mod source_archives;
pub mod standby;
pub mod sync;
pub mod upkeep;
pub mod venv;
pub mod warm;

pub use build_run::Builds;
pub use context::Context;
pub use error::{Failure, PipelineError};
pub use provided_pip::ProvidedPip;
