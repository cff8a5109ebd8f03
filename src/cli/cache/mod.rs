//! `snapenv cache`

mod age;
mod info;
mod list;
mod pattern;
mod prune;
mod remove;
mod verbs;

pub(super) use prune::prune;
pub(super) use verbs::{cache, session};
