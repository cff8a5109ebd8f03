//! Virtual environments: their skeleton, their snapshots, and putting both on disk.

mod assemble;
mod error;
mod generate;
mod installed;
mod links;
mod site;
mod skeleton;
pub mod snapshot;

pub use assemble::{Assembled, Assembly, Verify, assemble};
pub use error::{AssembleError, Change};
pub use installed::{Installed, installed_in};
pub use site::{Existing, Published, Site, SiteError};
pub use skeleton::{Seed, Skeleton, SkeletonError, SystemSite};
