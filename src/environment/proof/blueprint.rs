//! What a folder should hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::records::{inside, listed};
use crate::environment::generate::RECORD;
use crate::environment::installed::installed_in;
use crate::environment::snapshot::{Entry, Generated, Role, Snapshot};

/// How closely files are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// Their content.
    #[default]
    Full,
    /// Kind, mode, size and time.
    Quick,
}

/// What the files of a distribution are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// Those in this folder, which is a tree: of right content, unless nothing is compared with it but looks.
    Tree(PathBuf),
    /// The digests in its RECORD: there is no such folder.
    Record,
}

impl Truth {
    /// The folder; an empty path if there is none.
    pub fn folder(&self) -> PathBuf {
        match self {
            Self::Tree(folder) => folder.clone(),
            Self::Record => PathBuf::new(),
        }
    }
}

/// Which files of a snapshot a folder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// All of them: a flat environment, or a layer.
    All,
    /// Those outside of the library folders: an environment over a layer.
    OverLayer,
}

/// What a folder should hold.
#[derive(Debug, Default)]
pub struct Blueprint {
    pub(super) items: BTreeMap<PathBuf, Item>,
    /// Names and versions of those who own items.
    pub(super) owners: Vec<String>,
    /// Folders of modules.
    pub(super) libraries: BTreeSet<PathBuf>,
}

/// A file that should be there.
#[derive(Debug)]
pub(super) struct Item {
    /// Whose it is.
    pub(super) owner: Option<usize>,
    /// Whether it is executable, where that is known.
    pub(super) executable: Option<bool>,
    pub(super) source: Source,
}

/// What a file has to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Like this file.
    Like(PathBuf),
    /// Like this bytecode file, but for the time and size of its source, which are the environment's.
    Bytecode(PathBuf),
    /// Of this length, and time where that counts.
    Looks { size: u64, mtime: Option<i64> },
    /// Of this digest, as RECORD writes it.
    Digest { hash: String, size: u64 },
    /// There: nothing else is known of it.
    There,
    /// There, and looked at by itself.
    Apart,
    /// A link that leads there.
    Link(PathBuf),
}

impl Blueprint {
    /// Adds the files of a snapshot that come from trees.
    pub fn add_snapshot(&mut self, snapshot: &Snapshot, truths: &[Truth], (share, depth): (Share, Depth)) {
        let first = self.add_owners(snapshot);
        let libraries: BTreeSet<PathBuf> = snapshot.generated.iter().map(|one| PathBuf::from(&one.library)).collect();
        let paths = snapshot.paths(&snapshot.folders);
        let digests: Vec<BTreeMap<PathBuf, Source>> = (0..truths.len())
            .map(|distribution| match (&truths[distribution], depth) {
                (Truth::Record, Depth::Full) => recorded(snapshot, distribution),
                _ => BTreeMap::new(),
            })
            .collect();
        for (folder, path) in snapshot.folders.iter().zip(&paths) {
            if share == Share::OverLayer && libraries.iter().any(|library| path.starts_with(library)) {
                continue;
            }
            for entry in &folder.files {
                let path = path.join(snapshot.name(entry.name));
                let distribution = usize::from(entry.distribution);
                let source = match (&truths[distribution], depth) {
                    (_, Depth::Quick) => looks(entry),
                    (Truth::Tree(tree), Depth::Full) => Source::Like(tree.join(&path)),
                    (Truth::Record, Depth::Full) => digests[distribution].get(&path).cloned().unwrap_or(Source::Looks {
                        size: entry.size,
                        mtime: None,
                    }),
                };
                let item = Item {
                    owner: Some(first + distribution),
                    executable: Some(entry.executable),
                    source,
                };
                self.items.insert(path, item);
            }
        }
        self.libraries.extend(libraries);
    }

    /// Adds a file of a distribution of the snapshot that was added last.
    pub(super) fn add(&mut self, path: PathBuf, item: Item) {
        self.items.insert(path, item);
    }

    /// Adds a file that is looked at by itself, unless somebody brings it.
    pub fn add_apart(&mut self, path: PathBuf) {
        let item = Item {
            owner: None,
            executable: None,
            source: Source::Apart,
        };
        self.items.entry(path).or_insert(item);
    }

    /// Adds what the RECORD of a distribution lists whose RECORD is known to be right: bytecode is what Python would write.
    pub fn add_recorded(&mut self, environment: &Path, dist_info: &Path) {
        let record = dist_info.join(RECORD);
        for (path, item) in self.listed(environment, dist_info) {
            if path != record && !(item.source == Source::There && path.extension().is_some_and(|extension| extension == "pyc")) {
                self.items.insert(path, item);
            }
        }
        self.add_apart(record);
    }

    /// Adds all that is installed in a library folder of an environment, as far as its RECORDs know.
    pub fn add_installed(&mut self, environment: &Path, library: &Path) {
        for one in installed_in(&environment.join(library)) {
            if let Ok(dist_info) = one.path.strip_prefix(environment) {
                let listed = self.listed(environment, dist_info);
                self.items.extend(listed);
            }
        }
        self.libraries.insert(library.to_owned());
    }

    /// Adds files as a RECORD names them that is relative to a library folder.
    pub fn add_paths<'p>(&mut self, library: &Path, paths: impl Iterator<Item = &'p String>) {
        let paths = paths.filter_map(|path| inside(&library.join(path)));
        paths.for_each(|path| self.add_apart(path));
    }

    /// What the RECORD of an installed distribution lists; `dist_info` is relative to the environment.
    fn listed(&mut self, environment: &Path, dist_info: &Path) -> Vec<(PathBuf, Item)> {
        let library = dist_info.parent().unwrap_or(Path::new("")).to_owned();
        let record = fs::read_to_string(environment.join(dist_info).join(RECORD)).unwrap_or_default();
        let name = dist_info
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .replacen('-', " ", 1);
        self.owners.push(name);
        let owner = Some(self.owners.len() - 1);
        let executable = None;
        let files = listed(&record, &library).into_iter();
        let items = files.map(|(path, source)| {
            (
                path,
                Item {
                    owner,
                    executable,
                    source,
                },
            )
        });
        let items = items.collect();
        self.libraries.insert(library);
        items
    }

    /// How many files are known to be there, but not to be what they should be.
    pub fn unchecked(&self, depth: Depth) -> usize {
        let unchecked = |item: &&Item| match item.source {
            Source::There => true,
            Source::Looks { .. } => depth == Depth::Full,
            _ => false,
        };
        self.items.values().filter(unchecked).count()
    }

    /// Adds the distributions of a snapshot as owners; the number of the first.
    fn add_owners(&mut self, snapshot: &Snapshot) -> usize {
        let first = self.owners.len();
        let distributions = snapshot.header.distributions.iter();
        self.owners
            .extend(distributions.map(|one| format!("{} {}", one.name, one.version)));
        first
    }

    /// The owner of what is generated for a distribution of the snapshot that was added last.
    pub(super) fn owner_of(&self, snapshot: &Snapshot, distribution: usize) -> usize {
        self.owners.len() - snapshot.header.distributions.len() + distribution
    }
}

fn looks(entry: &Entry) -> Source {
    Source::Looks {
        size: entry.size,
        mtime: (entry.role == Role::Link).then_some(entry.mtime),
    }
}

/// What the RECORD of a distribution says of its files.
fn recorded(snapshot: &Snapshot, distribution: usize) -> BTreeMap<PathBuf, Source> {
    let Some([before, behind]) = snapshot.record(distribution) else {
        return BTreeMap::new();
    };
    let library = Path::new(&snapshot.generated[distribution].library);
    let texts = [before, behind].map(String::from_utf8_lossy);
    let files = texts.iter().flat_map(|text| listed(text, library));
    files.filter(|(_, source)| *source != Source::There).collect()
}

/// The paths of what is generated for a distribution: small files and RECORD, and where they count scripts with their bytecode.
pub(super) fn generated_for(generated: &Generated, share: Share) -> Vec<(PathBuf, Kind)> {
    let scripts = generated.scripts.iter().filter(|script| script.wins);
    let scripts = scripts.map(|script| (PathBuf::from(script.script.path()), Kind::Script));
    let bytecode = generated.script_bytecode.iter();
    let bytecode = bytecode.map(|file| (PathBuf::from(&file.path), Kind::Bytecode));
    let mut all: Vec<_> = scripts.chain(bytecode).collect();
    if share == Share::All {
        let names = generated.small.iter().map(|file| file.name.as_str()).chain([RECORD]);
        all.extend(names.map(|name| (Path::new(&generated.dist_info).join(name), Kind::Plain)));
    }
    all
}

/// What kind of file is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Script,
    Bytecode,
    Plain,
}
