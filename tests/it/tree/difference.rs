//! What can be different between two environments.

use std::fmt;

/// One difference; paths are relative to the environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    /// pip's has it, ours does not.
    Missing(String),
    /// Ours has it, pip's does not.
    Extra(String),
    /// A file here, a folder or link there, or another link target.
    Kind(String),
    /// The permission bits differ.
    Mode { path: String, pip: u32, ours: u32 },
    /// The bytes differ.
    Content(String),
    /// A RECORD has other rows, or the same in another order.
    Record { path: String, what: String },
    /// The interpreter line of a generated script differs.
    Script { path: String, what: String },
    /// A compiled file differs or does not fit its source.
    Bytecode { path: String, what: String },
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(formatter, "missing: {path}"),
            Self::Extra(path) => write!(formatter, "extra: {path}"),
            Self::Kind(path) => write!(formatter, "other kind or target: {path}"),
            Self::Mode { path, pip, ours } => write!(formatter, "mode: {path}: pip {pip:o}, ours {ours:o}"),
            Self::Content(path) => write!(formatter, "content: {path}"),
            Self::Record { path, what } => write!(formatter, "record: {path}: {what}"),
            Self::Script { path, what } => write!(formatter, "script: {path}: {what}"),
            Self::Bytecode { path, what } => write!(formatter, "bytecode: {path}: {what}"),
        }
    }
}
