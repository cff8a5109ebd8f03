//! What the user asks for: command-line requirements, requirements files and constraints files, read as pip 26.3 reads them.
//!
//! # What is read
//! [`read`] takes what the command line said ([`Asked`]) and answers with [`Requirements`]: entries and constraints in pip's
//! order, nested files inlined, and the options that the files set, to be folded by [`Search`]. Everything outside the text
//! (files, URLs, environment variables, whether a path exists) comes through a [`Loader`], so that nothing here does I/O.
//!
//! # Grammar
//! Dependency specifiers (PEP 508) and version specifiers (PEP 440) are scanned by the grammar of the `packaging` release that
//! pip carries, not by `pep508_rs`: the latter expands environment variables in URLs, drops marker expressions that it finds
//! odd, merges `python_version` into `python_full_version`, compares strings by `<` where pip answers no, and panics on some
//! names. Its name types and `pep440_rs`'s versions are used; see [`parse_dependency`] for texts that only one of the two
//! accepts, and [`contains`] for where `VersionSpecifiers::contains` errs.
//!
//! # Doubt
//! An error whose [`RequirementsError::is_unsupported`] holds says "snapenv cannot read this, pip may": the request then goes
//! to pip. Every other error is one that pip would end with too. Nothing is guessed.
//!
//! # Secrets
//! The userinfo of URLs is kept (pip needs it) and never printed: [`Link`]'s `Display` and `Debug`, and every error, leave it
//! out.

mod classify;
mod editable;
mod encoding;
mod entry;
mod error;
mod grammar;
mod include;
mod lines;
mod link;
mod marker;
mod options;
mod path;
mod place;
mod read;
mod requirement;
mod scanner;
mod search;
mod specifiers;
mod spelling;
#[cfg(test)]
mod tests;
mod variable;
mod words;

pub use entry::{Entry, Hash, HashAlgorithm, Origin};
pub use error::{ErrorKind, Excerpt, RequirementsError};
pub use grammar::{Dependency, Source, parse_dependency, spelled_name};
pub use link::{Link, redact, without_userinfo};
pub use marker::{Comparison, Marker, Order};
pub use path::ARCHIVE_EXTENSIONS;
pub use place::{LoadError, Loader, PathKind, Place, SourceFile, Strength};
pub use read::{Asked, Requirements, read};
pub use requirement::{Locality, Mode, Requirement, Target};
pub use search::{Choice, FormatControl, HashChecking, ReleaseControl, Search, SearchOption, contradiction};
pub use specifiers::{canonical, contains, has_pin, names_prerelease, parse_specifiers, pinned, spelled_specifiers};
pub use spelling::Spelling;
pub use variable::Variable;
