//! Where everything stands: the only code that turns a key into a path.

use std::path::{Path, PathBuf};

use super::spare::SpareKind;
use crate::key::{
    BuildKey, ContentKey, DistributionKey, DistributionPreimage, FamilyKey, LeaseKey, PageKey, PinKey, RequestKey, Sha256,
    SnapshotKey,
};

/// The paths within one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

/// How names end of files with the times at which environments were asked for.
const ASKED: &str = ".asked";

/// The files of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchivePart {
    /// The archive.
    Archive,
    /// The record beside it.
    Record,
}

/// An area of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Answers.
    Requests,
    /// Manifests of environments.
    Snapshots,
    /// Built distributions.
    Archives,
    /// Archives unpacked.
    Trees,
    /// Layers that environments stand on.
    Merged,
    /// Assembled environments that wait.
    Spares,
    /// Downloads.
    Sources,
    /// Pages of indexes.
    Pages,
    /// What pins were answered with.
    Pins,
    /// What builds came to.
    Builds,
    /// Requests that are alike.
    Families,
    /// The pips of interpreters.
    Seeds,
    /// What METADATA says.
    Metadata,
    /// Facts of interpreters.
    Interpreters,
    /// Leases of environments.
    Roots,
    /// What was found changed.
    Quarantine,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Requests,
        Self::Snapshots,
        Self::Archives,
        Self::Trees,
        Self::Merged,
        Self::Spares,
        Self::Sources,
        Self::Pages,
        Self::Pins,
        Self::Builds,
        Self::Families,
        Self::Seeds,
        Self::Metadata,
        Self::Interpreters,
        Self::Roots,
        Self::Quarantine,
    ];

    /// Its name, as the folder's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Snapshots => "snapshots",
            Self::Archives => "archives",
            Self::Trees => "trees",
            Self::Merged => "merged",
            Self::Spares => "spares",
            Self::Sources => "sources",
            Self::Pages => "index/pages",
            Self::Pins => "index/pins",
            Self::Builds => "index/builds",
            Self::Families => "index/families",
            Self::Seeds => "index/pip",
            Self::Metadata => "metadata",
            Self::Interpreters => "interpreters",
            Self::Roots => "roots",
            Self::Quarantine => "quarantine",
        }
    }
}

/// Longest platform tag in a file name; compressed tag sets of some wheels are longer than a file name may be.
const TAG_LIMIT: usize = 64;

impl Layout {
    /// The layout below a store's root folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The store's root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The mark by which backup tools know a cache.
    pub fn cachedir_tag(&self) -> PathBuf {
        self.root.join("CACHEDIR.TAG")
    }

    fn version(&self) -> PathBuf {
        self.root.join("v1")
    }

    fn keyed(&self, area: &str, key: &str, suffix: &str) -> PathBuf {
        let mut path = self.version();
        path.push(area);
        path.push(&key[..2]);
        path.push(format!("{key}{suffix}"));
        path
    }

    /// The folder of all request records.
    pub fn requests(&self) -> PathBuf {
        self.version().join("requests")
    }

    /// A request record.
    pub fn request(&self, key: RequestKey) -> PathBuf {
        self.keyed("requests", &key.to_string(), ".json")
    }

    /// A snapshot.
    pub fn snapshot(&self, key: SnapshotKey) -> PathBuf {
        self.keyed("snapshots", &key.to_string(), ".snapshot")
    }

    /// What environments make for themselves of a snapshot.
    pub fn excerpt(&self, key: SnapshotKey) -> PathBuf {
        self.keyed("snapshots", &key.to_string(), ".excerpt")
    }

    /// The archive of a distribution.
    pub fn archive(&self, key: DistributionKey, preimage: &DistributionPreimage) -> PathBuf {
        self.distribution(key, preimage, "tar.gz")
    }

    /// The record beside an archive.
    pub fn record(&self, key: DistributionKey, preimage: &DistributionPreimage) -> PathBuf {
        self.distribution(key, preimage, "json")
    }

    fn distribution(&self, key: DistributionKey, preimage: &DistributionPreimage, suffix: &str) -> PathBuf {
        let python = python_of(preimage);
        let abi = safe(&preimage.platform.abi);
        let platform = safe(&preimage.platform.platform);
        let mut path = self.version();
        path.push("archives");
        path.push(safe(&preimage.name));
        path.push(safe(&preimage.version));
        path.push(format!("{python}-{abi}-{platform}-{key}.{suffix}"));
        path
    }

    /// The records of all distributions of the same project for the same interpreter, as far as their names tell.
    pub(super) fn records_of(&self, preimage: &DistributionPreimage) -> Vec<PathBuf> {
        let Some(project) = self.area(Area::Archives).join(safe(&preimage.name)).read_dir().ok() else {
            return Vec::new();
        };
        let python = format!("{}-", python_of(preimage));
        let versions = project.filter_map(|version| version.ok()?.path().read_dir().ok());
        let files = versions.flatten().filter_map(|file| Some(file.ok()?.path()));
        let is_record = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(&python) && name.ends_with(".json")
        };
        files.filter(is_record).collect()
    }

    /// What the name of a file among archives says: tags, key, and which part it is.
    pub fn archive_name(name: &str) -> Option<(&str, DistributionKey, ArchivePart)> {
        let (stem, part) = match (name.strip_suffix(".tar.gz"), name.strip_suffix(".json")) {
            (Some(stem), _) => (stem, ArchivePart::Archive),
            (None, Some(stem)) => (stem, ArchivePart::Record),
            (None, None) => return None,
        };
        let (tags, key) = stem.rsplit_once('-')?;
        Some((tags, key.parse().ok()?, part))
    }

    /// The tree of an archive's content.
    pub fn tree(&self, content: ContentKey) -> PathBuf {
        self.keyed("trees", &content.to_string(), "")
    }

    /// The folder of all spares.
    pub fn all_spares(&self) -> PathBuf {
        self.area(Area::Spares)
    }

    /// The folder of the spares of one kind.
    pub fn spares(&self, kind: SpareKind) -> PathBuf {
        self.keyed("spares", &kind.to_string(), "")
    }

    /// When environments were asked for that such spares are for.
    pub fn asked(&self, kind: SpareKind) -> PathBuf {
        self.keyed("spares", &kind.to_string(), ASKED)
    }

    /// The kind of spares that an entry among [all](Self::all_spares) belongs to, by its name.
    pub(super) fn kind_of(name: &str) -> Option<SpareKind> {
        name.strip_suffix(ASKED).unwrap_or(name).parse().ok()
    }

    /// The folder of an area of the store.
    pub fn area(&self, area: Area) -> PathBuf {
        self.version().join(area.name())
    }

    /// The merged layer of a snapshot.
    pub fn merged(&self, key: SnapshotKey) -> PathBuf {
        self.keyed("merged", &key.to_string(), "")
    }

    /// The store that a merged layer is in, and its snapshot: the inverse of [`merged`](Self::merged).
    pub fn of_merged(layer: &Path) -> Option<(Self, SnapshotKey)> {
        let key = layer.file_name()?.to_str()?.parse().ok()?;
        let layout = Self::new(layer.ancestors().nth(4)?);
        (layout.merged(key) == layer).then_some((layout, key))
    }

    /// The folder of all leases.
    pub fn roots(&self) -> PathBuf {
        self.version().join("roots")
    }

    /// The lease of an environment.
    pub fn lease(&self, key: LeaseKey) -> PathBuf {
        self.keyed("roots", &key.to_string(), ".json")
    }

    /// A downloaded file by its digest.
    pub fn source(&self, sha256: Sha256, file_name: &str) -> PathBuf {
        self.keyed("sources", &sha256.to_string(), "").join(file_name)
    }

    /// A page of an index, and what it lists.
    pub fn index_page(&self, key: PageKey) -> PathBuf {
        self.keyed("index/pages", &key.to_string(), ".page")
    }

    /// What the METADATA of a wheel says, by the wheel's digest.
    pub fn metadata(&self, wheel: Sha256) -> PathBuf {
        self.keyed("metadata", &wheel.to_string(), ".json")
    }

    /// What a build backend said of a source archive.
    pub fn prepared(&self, key: BuildKey) -> PathBuf {
        self.keyed("metadata", &key.to_string(), ".prepared.json")
    }

    /// The newest requests of a family.
    pub fn family(&self, key: FamilyKey) -> PathBuf {
        self.keyed("index/families", &key.to_string(), ".json")
    }

    /// What an `==` pin was answered with.
    pub fn pin(&self, key: PinKey) -> PathBuf {
        self.keyed("index/pins", &key.to_string(), ".json")
    }

    /// What a build came to.
    pub fn build(&self, key: BuildKey) -> PathBuf {
        self.keyed("index/builds", &key.to_string(), ".json")
    }

    /// The pip that is used for an interpreter (`cpython-3.11`).
    pub fn pip(&self, interpreter: &str) -> PathBuf {
        self.version().join("index/pip").join(format!("{}.json", safe(interpreter)))
    }

    /// The folder of interpreter facts.
    pub fn interpreters(&self) -> PathBuf {
        self.version().join("interpreters")
    }

    /// The folder for what is being written; same filesystem as everything else.
    pub fn staging(&self) -> PathBuf {
        self.version().join("tmp")
    }

    /// The folder for what is on its way out.
    pub fn trash(&self) -> PathBuf {
        self.version().join("trash")
    }

    /// The folder of locks.
    pub fn locks(&self) -> PathBuf {
        self.version().join("locks")
    }

    /// What the store took up when it was last looked through.
    pub fn measured(&self) -> PathBuf {
        self.version().join("measured.json")
    }

    /// What runs did and took.
    pub fn runs(&self) -> PathBuf {
        self.version().join("runs.log")
    }

    /// Entries that were found changed.
    pub fn quarantine(&self) -> PathBuf {
        self.version().join("quarantine")
    }

    /// The lock that is held while a distribution is made.
    pub fn lock(&self, key: DistributionKey) -> PathBuf {
        self.locks().join(key.to_string())
    }

    /// The lock that is held while the merged layer of a snapshot is made.
    pub fn snapshot_lock(&self, key: SnapshotKey) -> PathBuf {
        self.locks().join(key.to_string())
    }
}

/// The interpreter as it stands in names of archives.
fn python_of(preimage: &DistributionPreimage) -> String {
    safe(&preimage.cache_tag.replace("cpython-", "cp"))
}

/// A part of a path made of text that came from outside: nothing but letters, digits and `._+-!`, never hidden, never long.
fn safe(text: &str) -> String {
    let cleaned: String = text
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || "._+-!".contains(letter) {
                letter
            } else {
                '_'
            }
        })
        .take(TAG_LIMIT)
        .collect();
    match cleaned.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if cleaned.is_empty() => "_".to_owned(),
        None => cleaned,
    }
}
