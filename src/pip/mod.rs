//! Real pip: its options, and running it.

mod error;
mod options;
mod report;
mod run;

pub use error::PipError;
pub use options::{Effect, OPTIONS, PipOption, Takes};
pub use report::{DownloadInfo, InstallReport, ReportEntry, ReportMetadata, direct_url_text};
pub use run::{Finished, Pip};
