//! `snapenv cache`

mod age;
mod info;
mod list;
mod pattern;
mod prune;
mod remove;
mod verbs;

pub(super) use verbs::cache;
