//! Reading a snapshot: names are borrowed from its bytes.

use super::encode::{FORMAT, MAGIC, PRIVATE};
use super::header::{Generated, Header, Role, Texts};

/// A snapshot as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot<'a> {
    /// What it says of itself.
    pub header: Header,
    /// Folders, parents first; the root is the first.
    pub folders: Vec<FolderEntries<'a>>,
    /// Per distribution: what is generated.
    pub generated: Vec<Generated>,
    /// Per distribution: RECORD around the scripts.
    pub texts: Vec<Texts<'a>>,
}

/// A folder with its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntries<'a> {
    /// Index of its parent; the root's own for the root.
    pub parent: usize,
    /// Its name.
    pub name: &'a str,
    /// Files that come from trees.
    pub files: Vec<Entry<'a>>,
}

/// A file that comes from a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Index of the distribution.
    pub distribution: u16,
    /// How it gets into the environment.
    pub role: Role,
    /// Whether it is executable.
    pub executable: bool,
    /// Length in bytes.
    pub size: u64,
    /// Modification time in the tree, seconds.
    pub mtime: i64,
    /// Its name.
    pub name: &'a str,
}

/// A snapshot that cannot be used: damaged, or of another format. It is a miss.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("damaged or unknown snapshot: {0}")]
pub struct DamagedSnapshot(pub &'static str);

const TRAILER: usize = 32;

impl<'a> Snapshot<'a> {
    /// Reads a snapshot; its digest is checked first.
    ///
    /// # Errors
    /// When the bytes are not a whole snapshot of this format.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DamagedSnapshot> {
        let end = bytes.len().checked_sub(TRAILER).ok_or(DamagedSnapshot("too short"))?;
        let (content, digest) = bytes.split_at(end);
        if blake3::hash(content).as_bytes() != digest {
            return Err(DamagedSnapshot("its digest does not match"));
        }
        let mut reader = Reader { rest: content };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(DamagedSnapshot("no snapshot"));
        }
        if reader.u32()? != FORMAT {
            return Err(DamagedSnapshot("another format"));
        }
        let header: Header = serde_json::from_str(reader.string()?).map_err(|_| DamagedSnapshot("its header"))?;
        let folders = reader.folders(header.distributions.len())?;
        let generated: Vec<Generated> =
            serde_json::from_str(reader.string()?).map_err(|_| DamagedSnapshot("its descriptions"))?;
        if generated.len() != header.distributions.len() {
            return Err(DamagedSnapshot("its descriptions"));
        }
        let texts = generated.iter().map(|_| reader.texts()).collect::<Result<_, _>>()?;
        Ok(Self {
            header,
            folders,
            generated,
            texts,
        })
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], DamagedSnapshot> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(DamagedSnapshot("it breaks off"))?;
        self.rest = rest;
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
        if count > self.rest.len() {
            return Err(DamagedSnapshot("a count"));
        }
        Ok(count)
    }

    fn string(&mut self) -> Result<&'a str, DamagedSnapshot> {
        let length = self.count()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| DamagedSnapshot("a name"))
    }

    /// A name that is one path component.
    fn name(&mut self) -> Result<&'a str, DamagedSnapshot> {
        let name = self.string()?;
        if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
            return Err(DamagedSnapshot("a name"));
        }
        Ok(name)
    }

    fn texts(&mut self) -> Result<Texts<'a>, DamagedSnapshot> {
        Ok(Texts {
            before: self.string()?,
            behind: self.string()?,
        })
    }

    fn folders(&mut self, distributions: usize) -> Result<Vec<FolderEntries<'a>>, DamagedSnapshot> {
        let count = self.count()?;
        let mut folders = Vec::with_capacity(count);
        for index in 0..count {
            let parent = self.u32()? as usize;
            let name = if index == 0 { self.string()? } else { self.name()? };
            if parent > index || (parent == index && index > 0) {
                return Err(DamagedSnapshot("a parent"));
            }
            let files = self.count()?;
            let files = (0..files).map(|_| self.file(distributions)).collect::<Result<_, _>>()?;
            folders.push(FolderEntries { parent, name, files });
        }
        Ok(folders)
    }

    fn file(&mut self, distributions: usize) -> Result<Entry<'a>, DamagedSnapshot> {
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
