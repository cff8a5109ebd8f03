//! What a user wants to be kept.

use std::time::Duration;

/// What was used within this time is in use.
pub const GRACE: Duration = Duration::from_hours(1);

/// What is to be kept, and what not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The time, in seconds since 1970.
    pub now: u64,
    /// What was used within this time stays.
    pub grace: Duration,
    /// What was last used longer ago goes.
    pub older_than: Option<Duration>,
    /// As many versions of each project stay.
    pub keep_last: Option<usize>,
    /// As many bytes stay.
    pub max_size: Option<u64>,
    /// What may go.
    pub scope: Scope,
}

/// What may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// What can be made again from the rest.
    Derived,
}

impl Policy {
    /// One that only lets go what does not work.
    pub fn garbage(now: u64) -> Self {
        Self {
            now,
            grace: GRACE,
            older_than: None,
            keep_last: None,
            max_size: None,
            scope: Scope::All,
        }
    }
}
