//! Build servers: which one this is, whom its builds may be trusted by, how it is told of an environment, and what it is shown.

mod change;
mod folder;
mod handing;
mod outcome;
mod report;
mod secrets;
mod server;
mod shown;
mod signs;
pub mod spelling;
mod table;
mod templates;
mod trust;

pub use change::Change;
pub use folder::{ReportError, ReportFolder};
pub use handing::Handing;
pub use outcome::Outcome;
pub use report::{Counts, Distribution, Report, SCHEMA, ServerFacts};
pub use secrets::Secrets;
pub use server::{Detected, Server, UnknownServer};
pub use templates::{InitError, Templates};
pub use trust::{Trust, Widened};
