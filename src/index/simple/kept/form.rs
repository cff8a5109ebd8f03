//! Numbers of the compact form.

pub(super) const MAGIC: &[u8] = b"snapenv page\n";
pub(super) const FORMAT: u32 = 1;
pub(super) const TRAILER: usize = 32;

pub(super) const NAMED: u8 = 1;
pub(super) const UPLOADED: u8 = 2;
pub(super) const SIZED: u8 = 4;
pub(super) const METADATA: u8 = 8;
pub(super) const HASHED: u8 = 16;

pub(super) const OTHER_ALGORITHM: u8 = 127;
pub(super) const PACKED: u8 = 128;
