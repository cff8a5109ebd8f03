//! What a store keeps, and what goes: decided without looking at a disk (`docs/upkeep.md`).

mod decision;
mod policy;
mod relations;
mod stock;

#[cfg(test)]
mod tests;

pub use decision::{Decision, Reason, Victim, decide};
pub use policy::{GRACE, Policy, Scope};
pub use stock::{Item, Kind, Standing, Stock, Version};
