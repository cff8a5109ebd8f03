//! Reading a snapshot: names stay where they are in its bytes.
//!
//! # Performance
//! The digest is computed while the bytes are read: what is read means nothing before it matches.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::header::{Extent, Generated, Header, Original, Role};
use super::reader::{DIGEST, Reader, preamble};
use crate::key::{DistributionPreimage, ManifestDigest, SnapshotKey};

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
    /// Per distribution: RECORD around the rows of scripts.
    pub records: Vec<Around>,
    preimages: Span,
    /// Where the texts of RECORDs begin, if they are there.
    texts: Option<usize>,
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
    pub(super) start: u32,
    pub(super) length: u32,
}

/// How much of a RECORD stands around the rows of scripts, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// Where it begins among the texts.
    pub(super) at: usize,
    /// Before those rows.
    pub before: usize,
    /// Behind them.
    pub behind: usize,
}

/// A snapshot that cannot be used: damaged, or of another format. It is a miss.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("damaged or unknown snapshot: {0}")]
pub struct DamagedSnapshot(pub &'static str);

impl DamagedSnapshot {
    /// What is said of a snapshot that an older or newer version wrote.
    pub(super) const ANOTHER_FORMAT: Self = Self("another format");
    /// What is said of one that is not there, or cannot be read.
    pub(super) const UNREADABLE: Self = Self("it cannot be read");
    /// What is said of one whose header is not to be understood.
    pub(super) const HEADER: Self = Self("its header");

    /// Whether it is no damage that it cannot be used.
    pub fn is_another_format(&self) -> bool {
        *self == Self::ANOTHER_FORMAT
    }
}

/// A manifest with fewer bytes is checked before it is read, by the same thread.
const WORTH_A_THREAD: usize = 256 << 10;

/// What stands in a manifest.
struct Parts {
    header: Header,
    folders: Vec<FolderEntries>,
    present: Vec<FolderEntries>,
    generated: Vec<Generated>,
    records: Vec<Around>,
    preimages: Span,
}

impl Parts {
    fn read(content: &[u8]) -> Result<Self, DamagedSnapshot> {
        let mut reader = Reader::new(content, preamble::LENGTH);
        let header = Header::parse(reader.bytes()?)?;
        let distributions = header.distributions.len();
        let folders = reader.folders(distributions)?;
        let generated: Vec<Generated> =
            serde_json::from_slice(reader.bytes()?).map_err(|_| DamagedSnapshot("its descriptions"))?;
        if generated.len() != distributions {
            return Err(DamagedSnapshot("its descriptions"));
        }
        Ok(Self {
            records: reader.records(distributions)?,
            preimages: reader.text()?.0,
            present: reader.folders(distributions)?,
            header,
            folders,
            generated,
        })
    }
}

impl Snapshot {
    /// Reads a snapshot; its digests are checked.
    ///
    /// # Errors
    /// When the bytes are not a whole snapshot of this format.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, DamagedSnapshot> {
        let (snapshot, end) = Self::manifest(bytes)?;
        let (rest, length) = (&snapshot.bytes[end..], snapshot.texts_length());
        match snapshot.header.extent {
            Extent::Excerpt if rest.is_empty() => Ok(snapshot),
            Extent::Whole if rest.len() == length && blake3::hash(rest) == snapshot.digest_of_texts(end) => Ok(Self {
                texts: Some(end),
                ..snapshot
            }),
            _ => Err(DamagedSnapshot("its texts")),
        }
    }

    /// Reads the snapshot of a key, whole or its excerpt.
    ///
    /// # Errors
    /// When it is damaged, of another format, or another one.
    pub fn decode_as(bytes: Vec<u8>, key: SnapshotKey, extent: Extent) -> Result<Self, DamagedSnapshot> {
        let snapshot = Self::decode(bytes)?;
        if snapshot.header.key != key || snapshot.header.extent != extent {
            return Err(DamagedSnapshot("it is another snapshot"));
        }
        let claimed = snapshot.header.manifest.is_some() && extent == Extent::Whole;
        if claimed && snapshot.manifest_digest() != snapshot.header.manifest {
            return Err(DamagedSnapshot("its manifest has another digest"));
        }
        Ok(snapshot)
    }

    /// Whether these are the bytes of a newer format: its digest is right.
    pub fn is_newer(bytes: &[u8]) -> bool {
        preamble::is_newer(bytes)
    }

    /// Reads all but the texts of RECORDs: nothing can be assembled of that.
    ///
    /// # Errors
    /// When it cannot be read, or is not a snapshot of this format.
    pub fn read_manifest(mut file: impl Read) -> Result<Self, DamagedSnapshot> {
        let unreadable = |_| DamagedSnapshot::UNREADABLE;
        let mut start = [0; preamble::LENGTH];
        file.read_exact(&mut start).map_err(unreadable)?;
        let rest = preamble::read(&start)?.saturating_sub(start.len());
        let mut bytes = start.to_vec();
        file.take(rest as u64).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(Self::manifest(bytes)?.0)
    }

    /// Reads all but the texts; where that ends.
    fn manifest(bytes: Vec<u8>) -> Result<(Self, usize), DamagedSnapshot> {
        let end = preamble::read(&bytes)?;
        let (content, digest) = bytes
            .get(..end)
            .and_then(|manifest| manifest.split_last_chunk::<DIGEST>())
            .ok_or(DamagedSnapshot("it breaks off"))?;
        let check = || {
            (blake3::hash(content) == *digest)
                .then_some(())
                .ok_or(DamagedSnapshot("its digest does not match"))
        };
        let (checked, parts) = if content.len() < WORTH_A_THREAD {
            (check(), Parts::read(content))
        } else {
            rayon::join(check, || Parts::read(content))
        };
        checked?;
        let parts = parts?;
        let snapshot = Self {
            header: parts.header,
            folders: parts.folders,
            present: parts.present,
            generated: parts.generated,
            records: parts.records,
            preimages: parts.preimages,
            texts: None,
            bytes,
        };
        Ok((snapshot, end))
    }

    /// The digest of the manifest as it was read, which [`Header::manifest`] claims; nothing for one that does not claim any.
    pub fn manifest_digest(&self) -> Option<ManifestDigest> {
        let end = preamble::read(&self.bytes).ok()?.checked_sub(DIGEST)?;
        let mut reader = Reader::new(self.bytes.get(..end)?, preamble::LENGTH);
        let header = reader.bytes().ok()?;
        let parts = self.bytes.get(preamble::LENGTH + size_of::<u32>() + header.len()..end)?;
        self.header.manifest?;
        self.header.digest_with(parts).ok()
    }

    fn texts_length(&self) -> usize {
        self.records.last().map_or(0, |last| last.at + last.before + last.behind)
    }

    /// The digest that the texts behind a manifest of this length have to have.
    fn digest_of_texts(&self, end: usize) -> blake3::Hash {
        let before = self.bytes[..end - DIGEST].last_chunk::<DIGEST>();
        before.map_or_else(|| blake3::hash(&[]), |digest| (*digest).into())
    }

    /// The text of the RECORD of a distribution before and behind the rows of scripts; nothing where the texts were not read.
    pub fn record(&self, distribution: usize) -> Option<[&[u8]; 2]> {
        let around = self.records.get(distribution)?;
        let text = self.bytes.get(self.texts? + around.at..)?;
        let (before, rest) = text.split_at_checked(around.before)?;
        Some([before, rest.get(..around.behind)?])
    }

    /// Whether it has all that is needed to assemble an environment of it alone.
    pub fn is_whole(&self) -> bool {
        self.texts.is_some()
    }

    /// Per distribution: what its key is made of.
    ///
    /// # Errors
    /// When another version of this program wrote other preimages.
    pub fn preimages(&self) -> Result<Vec<DistributionPreimage>, DamagedSnapshot> {
        let preimages: Vec<_> =
            serde_json::from_slice(self.text(self.preimages)).map_err(|_| DamagedSnapshot("its preimages"))?;
        if preimages.len() != self.header.distributions.len() {
            return Err(DamagedSnapshot("its preimages"));
        }
        Ok(preimages)
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
