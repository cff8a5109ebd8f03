//! Reading the parts of a manifest.

use super::decode::{Around, DamagedSnapshot, Entry, FolderEntries, Span};
use super::encode::PRIVATE;
use super::header::Role;

/// Longer paths than this no system opens.
const LONGEST_PATH: usize = 4096;

/// Bytes of a digest.
pub(super) const DIGEST: usize = 32;

/// What stands before the parts.
pub(super) mod preamble {
    use super::super::encode::{FORMAT, MAGIC};
    use super::{DIGEST, DamagedSnapshot};

    /// Its length in bytes.
    pub(in super::super) const LENGTH: usize = MAGIC.len() + 8;

    /// The length of the manifest, from the first byte to the end of its digest.
    pub(in super::super) fn read(bytes: &[u8]) -> Result<usize, DamagedSnapshot> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(DamagedSnapshot("no snapshot"))?;
        let (format, rest) = rest.split_first_chunk().ok_or(DamagedSnapshot("too short"))?;
        if u32::from_le_bytes(*format) != FORMAT {
            return Err(DamagedSnapshot::ANOTHER_FORMAT);
        }
        let length = rest.first_chunk().ok_or(DamagedSnapshot("too short"))?;
        Ok(LENGTH + u32::from_le_bytes(*length) as usize + DIGEST)
    }

    /// Whether a newer version wrote these bytes: every format has magic, length and digest where this one has them.
    pub(in super::super) fn is_newer(bytes: &[u8]) -> bool {
        let newer = || {
            let (format, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
            let length = u32::from_le_bytes(*rest.first_chunk()?) as usize;
            let (content, digest) = bytes.get(..LENGTH + length + DIGEST)?.split_last_chunk::<DIGEST>()?;
            Some(u32::from_le_bytes(*format) > FORMAT && blake3::hash(content) == *digest)
        };
        newer().unwrap_or(false)
    }
}

pub(super) struct Reader<'a> {
    content: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(content: &'a [u8], at: usize) -> Self {
        Self { content, at }
    }

    /// Where a text that begins with its length at `at` ends, whether it is there or not.
    pub(super) fn end_of_bytes(content: &[u8], at: usize) -> Result<usize, DamagedSnapshot> {
        let mut reader = Reader { content, at };
        Ok(reader.u32()? as usize + reader.at)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DamagedSnapshot> {
        let taken = self.content.get(self.at..).and_then(|rest| rest.get(..length));
        let taken = taken.ok_or(DamagedSnapshot("it breaks off"))?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DamagedSnapshot> {
        self.take(N)?.try_into().map_err(|_| DamagedSnapshot("it breaks off"))
    }

    fn u32(&mut self) -> Result<u32, DamagedSnapshot> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A count of things of which each takes at least a byte: more than there are bytes is damage, not a reason to allocate.
    fn count(&mut self) -> Result<usize, DamagedSnapshot> {
        let count = self.u32()? as usize;
        if count > self.content.len() - self.at {
            return Err(DamagedSnapshot("a count"));
        }
        Ok(count)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], DamagedSnapshot> {
        let length = self.count()?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<(Span, &'a [u8]), DamagedSnapshot> {
        let text = self.bytes()?;
        let number = |number: usize| u32::try_from(number).map_err(|_| DamagedSnapshot("its size"));
        let span = Span {
            start: number(self.at - text.len())?,
            length: number(text.len())?,
        };
        Ok((span, text))
    }

    /// A name that is one path component.
    fn name(&mut self) -> Result<Span, DamagedSnapshot> {
        let (span, name) = self.text()?;
        if name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') || name.contains(&0) {
            return Err(DamagedSnapshot("a name"));
        }
        Ok(span)
    }

    /// The lengths of RECORDs around the rows of scripts.
    pub(super) fn records(&mut self, distributions: usize) -> Result<Vec<Around>, DamagedSnapshot> {
        let mut at = 0;
        let mut record = || {
            let around = Around {
                at,
                before: self.u32()? as usize,
                behind: self.u32()? as usize,
            };
            at += around.before + around.behind;
            Ok(around)
        };
        (0..distributions).map(|_| record()).collect()
    }

    pub(super) fn folders(&mut self, distributions: usize) -> Result<Vec<FolderEntries>, DamagedSnapshot> {
        let count = self.count()?;
        let mut folders = Vec::with_capacity(count);
        // Of the path of each folder: the paths of many that lie deep in each other would fill the memory.
        let mut lengths: Vec<usize> = Vec::with_capacity(count);
        for index in 0..count {
            let parent = self.u32()? as usize;
            let name = if index == 0 { self.text()?.0 } else { self.name()? };
            if parent > index || (parent == index && index > 0) {
                return Err(DamagedSnapshot("a parent"));
            }
            let length = lengths.get(parent).map_or(0, |above| above + name.length as usize + 1);
            if length > LONGEST_PATH {
                return Err(DamagedSnapshot("a path"));
            }
            lengths.push(length);
            let files = self.count()?;
            let files = (0..files).map(|_| self.file(distributions)).collect::<Result<_, _>>()?;
            folders.push(FolderEntries { parent, name, files });
        }
        Ok(folders)
    }

    fn file(&mut self, distributions: usize) -> Result<Entry, DamagedSnapshot> {
        let distribution = u16::from_le_bytes(self.array()?);
        if usize::from(distribution) >= distributions {
            return Err(DamagedSnapshot("a distribution"));
        }
        let [role, executable] = self.array()?;
        Ok(Entry {
            distribution,
            role: if role == PRIVATE { Role::Private } else { Role::Link },
            executable: executable != 0,
            size: u64::from_le_bytes(self.array()?),
            mtime: i64::from_le_bytes(self.array()?),
            name: self.name()?,
        })
    }
}
