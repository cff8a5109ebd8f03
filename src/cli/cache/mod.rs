//! `snapenv cache`

mod age;
pub(super) mod grammar;
mod info;
mod list;
mod pattern;
mod prune;
mod remove;
mod verbs;
mod verify;

pub(super) use verbs::cache;
