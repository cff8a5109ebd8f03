//! Pages as the store keeps them: validators and links in a compact form (`docs/store-format.md`, Page).

mod decode;
mod encode;
mod header;

pub(super) use decode::decode;
pub(super) use encode::encode;
pub(super) use header::{Header, Outcome};

const MAGIC: &[u8] = b"snapenv page\n";
const FORMAT: u32 = 1;
const TRAILER: usize = 32;

const NAMED: u8 = 1;
const UPLOADED: u8 = 2;
const SIZED: u8 = 4;
const METADATA: u8 = 8;
const HASHED: u8 = 16;

const OTHER_ALGORITHM: u8 = 127;
const PACKED: u8 = 128;

#[cfg(test)]
mod tests;
