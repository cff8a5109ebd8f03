//! `snapenv ci ...`: environments for build jobs (`docs/ci.md`).

mod detect;
mod env;
mod grammar;
mod init;
mod job;
mod prune;
mod report;
mod sync;
mod verbs;

pub(super) use grammar::ci as grammar;
pub(super) use verbs::ci;
