//! How much may be unpacked.

/// Upper bounds that no known wheel, sdist or archive comes near, but bombs exceed; they are counted while unpacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Number of files and folders.
    pub entries: usize,
    /// Bytes of one path.
    pub path_bytes: usize,
    /// Unpacked bytes for each packed one ...
    pub ratio: u64,
    /// ... where there are more than this many.
    pub ratio_from: u64,
}

impl Default for Limits {
    /// Well above the largest distributions there are (about 5 GB, 60,000 files).
    fn default() -> Self {
        Self {
            total_bytes: 32 << 30,
            entries: 500_000,
            path_bytes: 3_072,
            ratio: 200,
            ratio_from: 512 << 20,
        }
    }
}

/// A limit that was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// What there is too much of.
    pub what: &'static str,
    /// How much is allowed.
    pub limit: u64,
}

impl Excess {
    /// Too many bytes.
    pub const SIZE: &'static str = "the unpacked size";
    /// Too many bytes out of too few.
    pub const RATIO: &'static str = "the compression ratio";
}

impl Limits {
    /// The limits of somebody who knows how much there will be: however well that was packed.
    #[must_use]
    pub fn of_bytes(total_bytes: u64) -> Self {
        Self {
            total_bytes,
            ratio: u64::MAX,
            ..Self::default()
        }
    }

    /// What is too much about so many bytes out of a file of `packed` bytes, if anything is.
    pub fn excess(&self, unpacked: u64, packed: u64) -> Option<Excess> {
        let found = |what, limit| Some(Excess { what, limit });
        if unpacked > self.total_bytes {
            found(Excess::SIZE, self.total_bytes)
        } else if unpacked > self.ratio_from && unpacked / packed.max(1) > self.ratio {
            found(Excess::RATIO, self.ratio)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_may_be_packed_as_well_as_it_likes() {
        let limits = Limits::default();
        assert_eq!(limits.excess(512 << 20, 1), None);
        assert_eq!(limits.excess(600 << 20, 3 << 20), None);
        assert_eq!(limits.excess(700 << 20, 3 << 20).unwrap().what, Excess::RATIO);
        assert_eq!(limits.excess(33 << 30, 33 << 30).unwrap().what, Excess::SIZE);
        assert_eq!(Limits::of_bytes(33 << 30).excess(33 << 30, 0), None);
    }
}
