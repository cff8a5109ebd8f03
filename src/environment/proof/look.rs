//! Comparing a folder with its blueprint.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::blueprint::{Blueprint, Item, Source};
use super::difference::{Aspect, Difference, What};
use crate::environment::installed::installed_in;
use crate::environment::shadows::recorded;

/// Where the source's time and size stand in bytecode.
const BYTECODE_HEADER: u64 = 16;
/// Flags of bytecode that is loaded without a look at its source (PEP 552).
const UNCHECKED: u8 = 0b01;
/// Bytes that are compared at a time.
const CHUNK: usize = 64 << 10;
/// What is snapenv's own at the top of an environment or a layer begins with this.
const OWN: &str = ".snapenv";

/// Which modes files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modes {
    /// Those of a living environment: hard links to trees, or what the umask that its `pyvenv.cfg` shows has left.
    Environment,
    /// Nothing may be written.
    Sealed,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Looked {
    /// Files that are not as they should be, sorted.
    pub differences: Vec<Difference>,
    /// Bytecode that Python has written for what belongs there.
    pub bytecode: Vec<PathBuf>,
    /// Files that were compared.
    pub files: usize,
}

/// Compares all that is in a folder with its blueprint.
///
/// # Errors
/// When a folder cannot be read.
pub fn look(root: &Path, blueprint: &Blueprint, modes: Modes) -> io::Result<Looked> {
    let umask = fs::metadata(root.join("pyvenv.cfg")).map_or(0o022, |metadata| 0o666 & !metadata.permissions().mode());
    let looking = Looking { root, modes, umask };
    let items: Vec<(&PathBuf, &Item)> = blueprint.items.iter().collect();
    let mut differences: Vec<Difference> = items
        .into_par_iter()
        .filter_map(|(path, item)| {
            let what = looking.differs(path, item)?;
            Some(Difference {
                path: path.clone(),
                owner: item.owner.and_then(|owner| blueprint.owners.get(owner)).cloned(),
                what,
            })
        })
        .collect();
    let Strangers { bytecode, added } = strangers(root, blueprint)?;
    let owners = if added.is_empty() {
        BTreeMap::new()
    } else {
        owners_in(root, &blueprint.libraries)
    };
    differences.extend(added.into_iter().map(|path| Difference {
        owner: owners.get(&path).cloned(),
        path,
        what: What::Added,
    }));
    differences.sort();
    Ok(Looked {
        differences,
        bytecode,
        files: blueprint.items.len(),
    })
}

/// What is in a folder, but not in its blueprint.
#[derive(Debug, Default)]
pub struct Strangers {
    /// Bytecode that Python has written for what belongs there.
    pub bytecode: Vec<PathBuf>,
    /// Everything else.
    pub added: Vec<PathBuf>,
}

/// Finds what is in a folder, but not in its blueprint; sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn strangers(root: &Path, blueprint: &Blueprint) -> io::Result<Strangers> {
    let strange = found_in(root)?.into_iter().filter(|path| !blueprint.items.contains_key(path));
    let (bytecode, added) = strange.partition(|path| is_runtime(root, path, blueprint));
    Ok(Strangers { bytecode, added })
}

/// Whether two files have the same content.
///
/// # Errors
/// When one cannot be read.
pub fn same_content(one: &Path, other: &Path) -> io::Result<bool> {
    same_behind(one, other, 0)
}

/// All that is no folder.
fn found_in(root: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let ours = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(OWN.as_bytes());
    let entries = WalkDir::new(root).min_depth(1).into_iter();
    let entries = entries.filter_entry(|entry| entry.depth() != 1 || !ours(entry.file_name()));
    let mut found = BTreeSet::new();
    for entry in entries {
        let entry = entry?;
        if !entry.file_type().is_dir()
            && let Ok(path) = entry.path().strip_prefix(root)
        {
            found.insert(path.to_owned());
        }
    }
    Ok(found)
}

struct Looking<'a> {
    root: &'a Path,
    modes: Modes,
    umask: u32,
}

impl Looking<'_> {
    fn differs(&self, path: &Path, item: &Item) -> Option<What> {
        let path = self.root.join(path);
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            return Some(What::Missing);
        };
        if let Source::Link(target) = &item.source {
            let changed = |aspect| Some(What::Changed(aspect));
            return match fs::read_link(&path) {
                Ok(found) if found == *target => None,
                Ok(_) => changed(Aspect::Content),
                Err(_) => changed(Aspect::Kind),
            };
        }
        if item.source == Source::Apart {
            return None;
        }
        if !metadata.is_file() {
            return Some(What::Changed(Aspect::Kind));
        }
        let aspect = match Self::content(&path, &metadata, &item.source) {
            Ok(None) => self.mode(&metadata, item.executable),
            Ok(aspect) => aspect,
            Err(_) => Some(Aspect::Unreadable),
        };
        aspect.map(What::Changed)
    }

    fn content(path: &Path, metadata: &Metadata, source: &Source) -> io::Result<Option<Aspect>> {
        let unless = |same: bool| (!same).then_some(Aspect::Content);
        Ok(match source {
            Source::Like(right) => unless(same_content(path, right)?),
            Source::Bytecode(right) => unless(same_behind(path, right, BYTECODE_HEADER)?),
            Source::Digest { hash, size } => unless(metadata.len() == *size && digest_of(path)? == *hash),
            Source::Looks { size, .. } if metadata.len() != *size => Some(Aspect::Size),
            Source::Looks { mtime: Some(mtime), .. } if metadata.mtime() != *mtime => Some(Aspect::Time),
            Source::Looks { .. } | Source::There | Source::Apart | Source::Link(_) => None,
        })
    }

    fn mode(&self, metadata: &Metadata, executable: Option<bool>) -> Option<Aspect> {
        let mode = metadata.permissions().mode() & 0o7777;
        let executable = executable.unwrap_or(mode & 0o111 != 0);
        let sealed = if executable { 0o555 } else { 0o444 };
        let own = 0o666 & !self.umask;
        let own = if executable { own | 0o111 } else { own };
        // Scripts are 0755 whatever the umask says, as pip's are.
        let own = mode == own || executable && mode == 0o755;
        let right = match self.modes {
            Modes::Sealed => mode == sealed,
            Modes::Environment if metadata.nlink() > 1 => mode == sealed,
            Modes::Environment => own || mode == sealed,
        };
        (!right).then_some(Aspect::Mode)
    }
}

/// Whether two files have the same content behind their first bytes.
fn same_behind(one: &Path, other: &Path, skipped: u64) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (first, second) = (one.metadata()?, other.metadata()?);
    if (first.dev(), first.ino()) == (second.dev(), second.ino()) {
        return Ok(true);
    }
    if first.len() != second.len() || first.file_type().is_fifo() {
        return Ok(false);
    }
    for file in [&mut one, &mut other] {
        io::copy(&mut file.take(skipped), &mut io::sink())?;
    }
    let (mut left, mut right) = (vec![0; CHUNK], vec![0; CHUNK]);
    loop {
        let read = one.read(&mut left)?;
        if read == 0 {
            return Ok(other.read(&mut right)? == 0);
        }
        match other.read_exact(&mut right[..read]) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            outcome => outcome?,
        }
        if left[..read] != right[..read] {
            return Ok(false);
        }
    }
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(format!("sha256={}", BASE64URL_NOPAD.encode(&hasher.finalize())))
}

/// Whether this is bytecode that Python wrote for a module that belongs there, and looks at only if it fits that (PEP 3147).
fn is_runtime(root: &Path, path: &Path, blueprint: &Blueprint) -> bool {
    let cache = path
        .parent()
        .filter(|folder| folder.file_name().is_some_and(|name| name == "__pycache__"));
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_suffix(".pyc"));
    let (Some(folder), Some(name)) = (cache.and_then(Path::parent), name) else {
        return false;
    };
    // Tags have dots, too: `module.cpython-311-pytest-8.4.1.pyc`.
    let stems = name.match_indices('.').map(|(dot, _)| &name[..dot]);
    let mut sources = stems.map(|stem| folder.join(format!("{stem}.py")));
    sources.any(|source| blueprint.items.contains_key(&source)) && is_checked(&root.join(path))
}

fn is_checked(bytecode: &Path) -> bool {
    let mut header = [0; 8];
    let is_file = fs::symlink_metadata(bytecode).is_ok_and(|metadata| metadata.is_file());
    let read = is_file && File::open(bytecode).and_then(|mut file| file.read_exact(&mut header)).is_ok();
    read && header[4] & 0b11 != UNCHECKED
}

/// Whose the files are that the RECORDs below a folder list.
fn owners_in(root: &Path, libraries: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, String> {
    let mut owners = BTreeMap::new();
    for library in libraries {
        for one in installed_in(&root.join(library)) {
            let owner = format!("{} {}", one.name, one.version);
            let paths = recorded(&one.path).into_iter().map(|path| library.join(path));
            owners.extend(paths.filter_map(|path| Some((super::records::inside(&path)?, owner.clone()))));
        }
    }
    owners
}
