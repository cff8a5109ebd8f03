//! `snapenv cache`

mod age;
mod export;
pub(super) mod grammar;
mod import;
mod info;
mod list;
mod pattern;
mod prune;
mod remove;
mod verbs;
mod verify;

pub(super) use verbs::cache;
