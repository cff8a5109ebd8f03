//! Virtual environments: made, filled, changed and looked at.

mod skeleton;

pub use skeleton::{Seed, Skeleton, SkeletonError, SystemSite};
