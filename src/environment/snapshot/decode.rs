//! Reading a snapshot: names stay where they are in its bytes.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::encode::{FORMAT, MAGIC, PRIVATE};
use super::header::{Generated, Header, Original, Role};

/// A snapshot as read. It keeps its bytes, so that it can be passed on by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    bytes: Vec<u8>,
    /// What it says of itself.
    pub header: Header,
    /// Folders, parents first; the root is the first.
    pub folders: Vec<FolderEntries>,
    /// Of an excerpt: files that are there already, to be looked at or, private copies, given the current time.
    pub present: Vec<FolderEntries>,
    /// Per distribution: what is generated.
    pub generated: Vec<Generated>,
    /// Per distribution: RECORD around the scripts.
    pub texts: Vec<Texts>,
}

/// A folder with its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntries {
    /// Index of its parent; the root's own for the root.
    pub parent: usize,
    /// Its name.
    pub name: Span,
    /// Files that come from trees.
    pub files: Vec<Entry>,
}

/// A file that comes from a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
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
    pub name: Span,
}

impl Original {
    /// What the file of an entry has to look like.
    pub(in crate::environment) fn of(entry: &Entry) -> Self {
        Self {
            size: entry.size,
            mtime: entry.mtime,
            executable: entry.executable,
        }
    }
}

/// A text within a snapshot's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u32,
    length: u32,
}

/// RECORD around the rows of scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts {
    /// The rows before.
    pub before: Span,
    /// The rows behind.
    pub behind: Span,
}

/// A snapshot that cannot be used: damaged, or of another format. It is a miss.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("damaged or unknown snapshot: {0}")]
pub struct DamagedSnapshot(pub &'static str);

const TRAILER: usize = 32;

impl Snapshot {
    /// Reads a snapshot; its digest is checked first.
    ///
    /// # Errors
    /// When the bytes are not a whole snapshot of this format.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, DamagedSnapshot> {
        let end = bytes.len().checked_sub(TRAILER).ok_or(DamagedSnapshot("too short"))?;
        let (content, digest) = bytes.split_at(end);
        if blake3::hash(content).as_bytes() != digest {
            return Err(DamagedSnapshot("its digest does not match"));
        }
        let mut reader = Reader { content, at: 0 };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(DamagedSnapshot("no snapshot"));
        }
        if reader.u32()? != FORMAT {
            return Err(DamagedSnapshot("another format"));
        }
        let header: Header = serde_json::from_slice(reader.bytes()?).map_err(|_| DamagedSnapshot("its header"))?;
        let folders = reader.folders(header.distributions.len())?;
        let generated: Vec<Generated> =
            serde_json::from_slice(reader.bytes()?).map_err(|_| DamagedSnapshot("its descriptions"))?;
        if generated.len() != header.distributions.len() {
            return Err(DamagedSnapshot("its descriptions"));
        }
        let texts = generated.iter().map(|_| reader.texts()).collect::<Result<_, _>>()?;
        let present = reader.folders(header.distributions.len())?;
        Ok(Self {
            bytes,
            header,
            folders,
            present,
            generated,
            texts,
        })
    }

    /// Which distributions something is taken from: files to link, scripts to rewrite.
    pub fn contributors(&self) -> Vec<bool> {
        let mut contributors: Vec<bool> = self
            .generated
            .iter()
            .map(|one| !one.script_bytecode.is_empty() || one.scripts.iter().any(|script| script.original.is_some()))
            .collect();
        for entry in self.folders.iter().flat_map(|folder| &folder.files) {
            contributors[usize::from(entry.distribution)] = true;
        }
        contributors
    }

    /// The path of each folder within the environment.
    pub(in crate::environment) fn paths(&self, folders: &[FolderEntries]) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = Vec::with_capacity(folders.len());
        for folder in folders {
            let path = paths
                .get(folder.parent)
                .map_or_else(PathBuf::new, |parent| parent.join(self.name(folder.name)));
            paths.push(path);
        }
        paths
    }

    /// A text as bytes.
    pub fn text(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.bytes.get(start..start + span.length as usize).unwrap_or_default()
    }

    /// A name of a file or folder.
    pub fn name(&self, span: Span) -> &Path {
        Path::new(OsStr::from_bytes(self.text(span)))
    }
}

struct Reader<'a> {
    content: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
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

    fn bytes(&mut self) -> Result<&'a [u8], DamagedSnapshot> {
        let length = self.count()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<(Span, &'a [u8]), DamagedSnapshot> {
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

    fn texts(&mut self) -> Result<Texts, DamagedSnapshot> {
        Ok(Texts {
            before: self.text()?.0,
            behind: self.text()?.0,
        })
    }

    fn folders(&mut self, distributions: usize) -> Result<Vec<FolderEntries>, DamagedSnapshot> {
        let count = self.count()?;
        let mut folders = Vec::with_capacity(count);
        for index in 0..count {
            let parent = self.u32()? as usize;
            let name = if index == 0 { self.text()?.0 } else { self.name()? };
            if parent > index || (parent == index && index > 0) {
                return Err(DamagedSnapshot("a parent"));
            }
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
