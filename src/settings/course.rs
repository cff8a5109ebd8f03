//! What becomes of an answer, and what it may overlook.

use std::path::PathBuf;

/// Who says where pip logs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PipLogging {
    /// Nobody: snapenv may.
    #[default]
    Ours,
    /// The user, by `--log`.
    Users,
}

/// What is installed already, to a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Present {
    /// It counts.
    #[default]
    Counts,
    /// It is replaced: `--force-reinstall`.
    Reinstalled,
    /// It is overlooked: `--ignore-installed`.
    Ignored,
}

/// What becomes of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Course {
    /// It is installed.
    #[default]
    Install,
    /// It is only told: `--dry-run`.
    DryRun,
    /// Its files are put into this folder: `download`.
    Download(PathBuf),
}

/// Where an installation report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportTo {
    /// To standard output.
    Stdout,
    /// To a file; a relative path starts in the current folder.
    File(PathBuf),
}
