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

pub(super) use grammar::grammar;
pub(super) use verbs::cache;
