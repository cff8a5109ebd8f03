//! Pages as the store keeps them: validators and links in a compact form (`docs/store-format.md`, Page).

mod decode;
mod encode;
mod form;
mod header;

pub(super) use decode::decode;
pub use decode::page_soundness;
pub(super) use encode::encode;
pub(super) use header::{Header, Outcome};

#[cfg(test)]
mod tests;
