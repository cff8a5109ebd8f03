//! `snapenv cache`

mod age;
mod export;
mod grammar;
mod import;
mod info;
mod list;
mod pattern;
mod prune;
mod remove;
mod verbs;
mod verify;

pub(super) use grammar::{grammar, prune_options};
pub(super) use prune::prune;
pub(super) use verbs::{cache, session};
