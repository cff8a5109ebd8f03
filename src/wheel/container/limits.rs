//! How much a wheel may hold.

/// Upper bounds that no known wheel comes near, but zip bombs exceed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Members, folders included.
    pub(crate) members: u64,
    /// Bytes of the central directory.
    pub(crate) directory: u64,
    /// Bytes of all members, unpacked.
    pub(crate) total: u64,
    /// Unpacked bytes for each packed one, over the whole archive ...
    pub(crate) ratio: u64,
    /// ... where it has more than this many bytes.
    pub(crate) ratio_from: u64,
    /// Bytes of METADATA, WHEEL, RECORD or `entry_points.txt`, each.
    pub(crate) metadata: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            members: 500_000,
            directory: 256 << 20,
            total: 32 << 30,
            ratio: 200,
            ratio_from: 512 << 20,
            metadata: 64 << 20,
        }
    }
}
