//! Reading no more than the header.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::decode::DamagedSnapshot;
use super::header::Header;
use super::reader::{Reader, preamble};

/// As many bytes are read first; longer headers are read on.
const PIECE: usize = 16 << 10;

impl Header {
    /// Reads what the snapshot at `path` says of itself. No digest is checked: this is for keeping the books, not for use.
    ///
    /// # Errors
    /// When it cannot be read, or is no snapshot of this format.
    pub fn peek(path: &Path) -> Result<Self, DamagedSnapshot> {
        let unreadable = |_| DamagedSnapshot::UNREADABLE;
        let mut file = File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::with_capacity(PIECE);
        file.by_ref().take(PIECE as u64).read_to_end(&mut bytes).map_err(unreadable)?;
        let manifest = preamble::read(&bytes)?;
        let end = Reader::end_of_bytes(&bytes, preamble::LENGTH)?.min(manifest);
        let missing = end.saturating_sub(bytes.len());
        file.take(missing as u64).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::parse(Reader::new(&bytes, preamble::LENGTH).bytes()?)
    }

    pub(super) fn parse(text: &[u8]) -> Result<Self, DamagedSnapshot> {
        serde_json::from_slice(text).map_err(|_| DamagedSnapshot::HEADER)
    }
}
