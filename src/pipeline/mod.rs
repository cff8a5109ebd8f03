//! The one orchestrator: from a request to an environment and a report.
//!
//! [`venv`] makes environments, [`install`] adds to living ones, [`key`] explains. A hit reads one request record and one snapshot,
//! checks and links; everything slow is reached only from a miss.

mod answer;
mod context;
mod error;
mod fill;
mod hit;
mod index_variables;
pub mod install;
mod layered;
pub mod living;
mod obtain;
mod pip_home;
mod question;
mod said;
mod seats;
mod snapshots;
pub mod venv;

pub use context::Context;
pub use error::{Failure, PipelineError};
