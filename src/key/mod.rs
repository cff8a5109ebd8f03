//! Keys and digests: BLAKE3 over canonical, framed serializations (`docs/cache-key.md`).

mod digest;

pub use digest::{InvalidDigest, Sha256};
