//! How much an archive may unpack to.

/// Limits that are counted while an archive streams in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Number of files.
    pub entries: usize,
    /// Bytes of one path.
    pub path_bytes: usize,
}

impl Default for Limits {
    /// Well above the largest distributions there are (about 5 GB, 60,000 files).
    fn default() -> Self {
        Self {
            total_bytes: 32 << 30,
            entries: 500_000,
            path_bytes: 2_048,
        }
    }
}
