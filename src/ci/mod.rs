//! Build servers: which one this is, whom its builds may be trusted by, how it is told of an environment, and what it is shown.

mod change;
mod server;
mod signs;
mod table;
mod trust;

pub use change::Change;
pub use server::{Detected, Server};
pub use trust::{Trust, Widened};
