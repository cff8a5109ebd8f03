//! What may be wrong with a container.

use std::io;

/// A reason why a zip file is refused, or a member of it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file could not be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// No end record where one must be.
    #[error("no zip end record at the end of the file")]
    NoEnd,
    /// The end records contradict themselves or each other.
    #[error("the zip end records contradict each other")]
    BadEnd,
    /// The archive is spread over several files.
    #[error("the zip archive spans several volumes")]
    Volumes,
    /// Something lies before, between or behind the parts of the archive.
    #[error("bytes at offset {0} belong to no part of the zip archive, or to two")]
    Gap(u64),
    /// What a member's central header has beside its fields could be taken for an end record.
    #[error("'{0}': a second zip end record lies in its header")]
    SecondEnd(String),
    /// A header ends early, or is none.
    #[error("a zip header is damaged")]
    BadHeader,
    /// Local and central header of a member disagree.
    #[error("'{0}': local and central zip headers disagree")]
    Disagree(String),
    /// A member name is not UTF-8, or not marked as such.
    #[error("a member name is not UTF-8: {0:?}")]
    NotUtf8(String),
    /// A member name holds control or direction-changing characters, or is empty.
    #[error("member name {0:?} holds characters that do not belong into file names")]
    BadName(String),
    /// A member name, or a part of it, is longer than file systems take.
    #[error("a member name is longer than file systems take: '{0}'")]
    LongName(String),
    /// Two members have the same name.
    #[error("'{0}' is in the archive twice")]
    Duplicate(String),
    /// A folder entry carries data.
    #[error("'{0}' is a folder with content")]
    FullFolder(String),
    /// A member is encrypted or packed by a method other than deflate.
    #[error("'{name}': {what} is not supported")]
    Unsupported {
        /// The member.
        name: String,
        /// What it would take to read it.
        what: &'static str,
    },
    /// A member's content ends early, goes on too long or does not inflate.
    #[error("'{0}': damaged content")]
    Damaged(String),
    /// A member's content does not have the checksum that the archive gives.
    #[error("'{0}': checksum mismatch")]
    Checksum(String),
    /// The archive, or a part of it, is larger than any wheel should be.
    #[error("{what} exceeds the limit of {limit}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
}
