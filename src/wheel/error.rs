//! What can go wrong with a wheel.

use std::io;
use std::path::{Path, PathBuf};

use crate::fs::Excess;

use super::{Fault, InvalidEntryPoint, InvalidFilename, InvalidMetadata};

/// A wheel that cannot be read or laid out.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", wheel.display())]
pub struct WheelError {
    /// The file.
    pub wheel: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a wheel.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file could not be opened.
    #[error("cannot open: {0}")]
    Open(#[source] io::Error),
    /// The file is not named as a wheel is.
    #[error(transparent)]
    Filename(#[from] InvalidFilename),
    /// The zip container is damaged, ambiguous or too large.
    #[error("unsafe or damaged zip archive: {0}")]
    Container(#[from] Fault),
    /// There must be one `.dist-info` folder.
    #[error("{} .dist-info folders: {}", if .0.is_empty() { "no" } else { "several" }, .0.join(", "))]
    DistInfo(Vec<String>),
    /// The `.dist-info` folder is another project's.
    #[error(".dist-info folder '{folder}' does not start with '{name}'")]
    DistInfoName {
        /// The folder.
        folder: String,
        /// The project, as the file name has it.
        name: String,
    },
    /// A file that every wheel has is missing.
    #[error("'{0}' is missing")]
    Missing(String),
    /// A metadata file is not UTF-8.
    #[error("'{0}' is not UTF-8")]
    NotUtf8(String),
    /// WHEEL has no Wheel-Version.
    #[error("WHEEL has no Wheel-Version")]
    NoWheelVersion,
    /// The Wheel-Version of WHEEL is no version.
    #[error("invalid Wheel-Version {0:?}")]
    InvalidWheelVersion(String),
    /// The wheel is of a newer format.
    #[error("Wheel-Version {0} is newer than the format known here")]
    WheelVersion(String),
    /// METADATA is incomplete.
    #[error(transparent)]
    Metadata(#[from] InvalidMetadata),
    /// File name and METADATA are of different projects.
    #[error("inconsistent name: the file is of {filename:?}, METADATA of {metadata:?}")]
    Inconsistent {
        /// By the file name, normalized.
        filename: String,
        /// By METADATA.
        metadata: String,
    },
    /// RECORD has a line without a path, at which pip stops, too.
    #[error("line {0} of RECORD is empty")]
    EmptyRow(usize),
    /// A member would leave the folder that it belongs to.
    #[error("'{0}' would be installed outside of its folder")]
    Escapes(String),
    /// A member is to lie where this program keeps files of its own.
    #[error("'{0}' would be installed where snapenv keeps a file of its own")]
    Reserved(String),
    /// A path is that of a file and, to another file, that of its folder.
    #[error("'{0}' is both a file and a folder")]
    FileAndFolder(String),
    /// RECORD lists a file outside of the environment, which uninstalling would remove.
    #[error("RECORD lists {0:?}, which lies outside of the environment")]
    RowEscapes(String),
    /// A file lies in a `.data` folder itself.
    #[error("unexpected file '{0}': a .data folder holds '<scheme key>/<path>'")]
    DataFile(String),
    /// A folder of `.data` is none of the installation scheme.
    #[error("unknown scheme key '{key}' (for file '{member}')")]
    SchemeKey {
        /// The folder below `.data`.
        key: String,
        /// The file in it.
        member: String,
    },
    /// An entry point is no valid one.
    #[error(transparent)]
    EntryPoint(#[from] InvalidEntryPoint),
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Problem {
    pub(super) fn of(self, wheel: &Path) -> WheelError {
        WheelError {
            wheel: wheel.to_owned(),
            problem: self,
        }
    }
}

impl WheelError {
    /// What the user can do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        let hint = match &self.problem {
            Problem::Container(Fault::Checksum(_) | Fault::Damaged(_) | Fault::NoEnd) => {
                "download the wheel again: the file is not complete"
            }
            Problem::Container(Fault::TooMuch {
                what: Excess::SIZE | Excess::RATIO,
                ..
            }) => "if you trust it, SNAPENV_MAX_UNPACKED_SIZE allows for more (such as 64G)",
            Problem::Container(Fault::Io(_) | Fault::TooMuch { .. }) | Problem::Open(_) => return None,
            Problem::Container(_) => {
                "another tool may read this archive differently; repack it (`python -m wheel unpack`, then `pack`) if you trust it"
            }
            Problem::WheelVersion(_) => "a newer snapenv may know the format",
            Problem::Inconsistent { .. } | Problem::DistInfoName { .. } | Problem::Filename(_) => {
                "a wheel must keep the file name that it was built with"
            }
            Problem::EntryPoint(_) => "ask the project to correct its entry points",
            Problem::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => "free some space and try again",
            Problem::Write { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                "two files of the wheel have names that this file system takes for the same"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
