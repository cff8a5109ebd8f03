//! What a failed build misses, and which system packages have it.
//!
//! Both are data: `system-packages.toml` maps parts of build output to names, and names to packages for apt, dnf, apk and brew. Users
//! extend it by a file of their own in the same form. Only what has a package is told: a guess would send people the wrong way.

mod book;
mod manager;

pub use book::{Book, InvalidBook, Kind, Lack};
pub use manager::Manager;
