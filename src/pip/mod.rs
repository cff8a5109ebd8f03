//! Real pip: its options, and running it.

mod codecs;
mod error;
mod log;
mod options;
mod report;
mod run;
mod unsaid;

pub use codecs::codecs_of;
pub use error::PipError;
pub use log::{LogGap, Looked, PageCache, PipLog};
pub use options::{Effect, OPTIONS, PipOption, Takes};
pub use report::{ArchiveInfo, DirInfo, DownloadInfo, InstallReport, ReportEntry, direct_url_text};
pub use run::{Finished, Pip};
pub use unsaid::unsaid;
