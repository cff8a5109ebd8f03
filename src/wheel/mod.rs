//! Wheels: reading them, and laying them out exactly as pip would install them (PEP 427, the binary distribution format).
//!
//! The words are the specification's. A [`Wheel`] is an open file whose zip structure was checked and whose metadata was read.
//! [`Wheel::lay_out`] writes its files below a staging folder that mirrors an environment and returns the [`Laid`]: what was written,
//! which [`Row`]s of RECORD go with it, and which [`Script`]s the environment must still make for itself.
//!
//! # What is not written
//! A laid-out wheel is shared by many environments, so whatever depends on where an environment lies is only described: generated
//! entry point scripts, and the `#!python` line of scripts that the wheel brings ([`render`] makes both). RECORD and INSTALLER are
//! always written anew by the installer; their places stay empty.
//!
//! # Strictness
//! The container is held to rules that pip does not have (see `container`), since a file that two readers see differently is a way
//! to smuggle. Beyond that pip decides: what it only warns of or silently installs is warned of and installed.

mod bytecode;
mod container;
mod core_metadata;
pub(crate) mod decoded;
mod deflated;
mod destination;
mod entry_points;
mod error;
mod filename;
mod headers;
mod laid;
mod layout;
mod lines;
mod metadata;
mod oddities;
mod paths;
mod reconcile;
mod record;
mod scripts;
mod skim;
mod source;
mod staging;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use container::{Container, Inflater, Kind as MemberKind, Member, ReadLimits, misleads};

pub use bytecode::{Optimization, PythonSource, bytecode_path};
pub use container::{Fault, Mode};
pub use core_metadata::CoreMetadata;
pub use deflated::{Deflated, Stream};
pub use destination::Destination;
pub use entry_points::{EntryPoint, InvalidEntryPoint, Kind};
pub use error::{Problem, WheelError};
pub use filename::{Filename, InvalidFilename, Parts, spells};
pub use laid::{File, Laid};
pub use metadata::{InvalidMetadata, Metadata, Text};
pub use paths::relative;
pub use record::{Row, compose, digest, rows};
pub use scripts::{Listing, Rewritten, Script, Template, render};
pub use skim::skim_metadata;
pub use source::Wheel;
