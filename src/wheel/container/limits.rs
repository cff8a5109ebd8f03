//! How much of a wheel is read into memory.

/// Upper bounds that no known wheel comes near, but zip bombs exceed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadLimits {
    /// Members, folders included.
    pub(crate) members: u64,
    /// Bytes of the central directory.
    pub(crate) directory: u64,
    /// Bytes of METADATA, WHEEL, RECORD or `entry_points.txt`, each.
    pub(crate) metadata: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            members: 500_000,
            directory: 256 << 20,
            metadata: 64 << 20,
        }
    }
}
