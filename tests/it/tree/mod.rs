//! Comparing two environments file by file: pip's and ours.
//!
//! Both must have been made at the same path (pip's is moved aside afterwards), so that texts with the path in them are equal.
//! Allowed to differ, and nothing else:
//!
//! - the skeleton: `pyvenv.cfg`, activators and `bin/python*` ([`listing::SKELETON`]);
//! - the content of `INSTALLER`, and so its row in RECORD;
//! - the text of generated console scripts behind their first line(s), and so their rows in RECORD;
//! - in compiled files the recorded time and size of the source and `co_filename`;
//! - the write bit of modes.

mod bytecode;
mod comparison;
mod difference;
mod listing;
mod record;
mod script;
mod tests;

pub(crate) use comparison::{assert_same, compare};
pub(crate) use difference::Difference;
pub(crate) use listing::{Entry, Listing};
