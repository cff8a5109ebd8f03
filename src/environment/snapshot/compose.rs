//! From distributions in installation order to the files of an environment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sha2::{Digest, Sha256 as Hasher};

use super::header::{Extent, Generated, Header, HeaderDistribution, Original, PlannedScript, Role, ScriptBytecode, SmallFile};
use super::private::{PRIVATE_COPIES, is_private};
use crate::interpreter::Scheme;
use crate::key::{DistributionPreimage, Sha256, SnapshotMember, SnapshotPreimage, key_of};
use crate::store::{Bytecode, DistributionRecord};
use crate::wheel::{File, Laid, Mode, Row, Script, compose as compose_record};

/// What INSTALLER says.
const INSTALLER: &str = "snapenv\n";

/// One distribution to compose.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// From the store.
    pub record: &'a DistributionRecord,
    /// Whether the user asked for it.
    pub requested: bool,
    /// Text of `direct_url.json`.
    pub direct_url: Option<&'a str>,
}

/// A composed snapshot, ready to be encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// What it says of itself.
    pub header: Header,
    /// Folders, parents first; the root is the first.
    pub folders: Vec<Folder>,
    /// Of an excerpt: files that are there already and are looked at, or touched.
    pub present: Vec<Folder>,
    /// Per distribution: what is generated, RECORD before and behind the scripts.
    pub generated: Vec<(Generated, String, String)>,
    /// Per distribution: what its key is made of.
    pub preimages: Vec<DistributionPreimage>,
}

/// A folder of the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// Index of its parent; the root's own for the root.
    pub parent: u32,
    /// Its name.
    pub name: String,
    /// Files that come from trees.
    pub files: Vec<FileEntry>,
}

/// A file that comes from a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Index of the distribution that wins.
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
    pub name: String,
}

/// One path is a file of one distribution and a folder of another: only pip can say what happens then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{path}' is a file of {project} and a folder of another distribution")]
pub struct Conflict {
    /// The path within the environment.
    pub path: String,
    /// Whose file it is.
    pub project: String,
}

/// Who has the last word on a path.
enum Owner<'a> {
    File(usize, &'a File),
    Bytecode(usize, &'a Bytecode),
    Script(usize, usize),
    Generated,
}

/// Decides which distribution wins each path and what every RECORD says.
///
/// # Errors
/// When a path is both file and folder.
pub fn compose(members: &[Member], scheme: &Scheme) -> Result<Composed, Conflict> {
    let mut generated: Vec<(Generated, String, String)> = members.iter().map(|member| generate(member, scheme)).collect();
    let mut owners: BTreeMap<String, Owner> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        claim(&mut owners, index, member, &generated[index].0);
    }
    let mut folders: BTreeMap<String, Vec<FileEntry>> = BTreeMap::from([(String::new(), Vec::new())]);
    let mut totals = (0, 0);
    for (path, owner) in &owners {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let entry = |distribution: usize, size: u64, mtime: u64, mode: Mode| FileEntry {
            distribution: u16::try_from(distribution).unwrap_or(u16::MAX),
            role: if is_private(path, scheme) { Role::Private } else { Role::Link },
            executable: mode == Mode::Executable,
            size,
            mtime: i64::try_from(mtime).unwrap_or_default(),
            name: name.to_owned(),
        };
        add_folder(&mut folders, folder);
        totals.0 += 1;
        let entry = match owner {
            Owner::File(index, file) => entry(*index, file.size, file.mtime, file.mode),
            Owner::Bytecode(index, file) => {
                if let Some(source) = rewritten(&owners, &file.source) {
                    let path = path.clone();
                    let original = original(file.size, file.mtime, Mode::Plain);
                    let bytecode = ScriptBytecode { path, source, original };
                    generated[*index].0.script_bytecode.push(bytecode);
                    continue;
                }
                entry(*index, file.size, file.mtime, Mode::Plain)
            }
            Owner::Script(index, script) => {
                generated[*index].0.scripts[*script].wins = true;
                continue;
            }
            Owner::Generated => continue,
        };
        totals.1 += entry.size;
        folders.entry(folder.to_owned()).or_default().push(entry);
    }
    check(&owners, &folders, members)?;
    Ok(Composed {
        header: header(members, scheme, totals),
        folders: number(folders),
        present: Vec::new(),
        generated,
        preimages: members.iter().map(|member| member.record.preimage.clone()).collect(),
    })
}

fn claim<'a>(owners: &mut BTreeMap<String, Owner<'a>>, index: usize, member: &Member<'a>, generated: &Generated) {
    let description = &member.record.description;
    for file in &description.laid.files {
        owners.insert(file.path.clone(), Owner::File(index, file));
    }
    for (number, script) in description.laid.scripts.iter().enumerate() {
        owners.insert(script.path().to_owned(), Owner::Script(index, number));
    }
    for file in &description.bytecode {
        owners.insert(file.path.clone(), Owner::Bytecode(index, file));
    }
    for name in generated.small.iter().map(|file| file.name.as_str()).chain(["RECORD"]) {
        owners.insert(format!("{}/{name}", generated.dist_info), Owner::Generated);
    }
}

/// The script that a bytecode file belongs to, if its source is one that is rewritten for the environment.
fn rewritten(owners: &BTreeMap<String, Owner>, source: &str) -> Option<String> {
    matches!(owners.get(source), Some(Owner::Script(..))).then(|| source.to_owned())
}

pub(super) fn add_folder(folders: &mut BTreeMap<String, Vec<FileEntry>>, path: &str) {
    if !folders.contains_key(path) {
        add_folder(folders, path.rsplit_once('/').map_or("", |(parent, _)| parent));
        folders.insert(path.to_owned(), Vec::new());
    }
}

fn check(
    owners: &BTreeMap<String, Owner>,
    folders: &BTreeMap<String, Vec<FileEntry>>,
    members: &[Member],
) -> Result<(), Conflict> {
    let Some((path, owner)) = owners.iter().find(|(path, _)| folders.contains_key(*path)) else {
        return Ok(());
    };
    let project = match owner {
        Owner::File(index, _) | Owner::Bytecode(index, _) | Owner::Script(index, _) => {
            members[*index].record.preimage.name.clone()
        }
        Owner::Generated => "a distribution".to_owned(),
    };
    Err(Conflict {
        path: path.clone(),
        project,
    })
}

/// Sorted by path, a parent stands before its children; each finds its parent's number.
pub(super) fn number(folders: BTreeMap<String, Vec<FileEntry>>) -> Vec<Folder> {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut numbered = Vec::with_capacity(folders.len());
    for (number, (path, files)) in (0..).zip(folders) {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
        numbered.push(Folder {
            parent: numbers.get(parent).copied().unwrap_or_default(),
            name: name.to_owned(),
            files,
        });
        numbers.insert(path, number);
    }
    numbered
}

fn generate(member: &Member, scheme: &Scheme) -> (Generated, String, String) {
    let laid = &member.record.description.laid;
    let mut small = vec![SmallFile {
        name: "INSTALLER".to_owned(),
        content: INSTALLER.to_owned(),
    }];
    small.extend(member.direct_url.map(|content| SmallFile {
        name: "direct_url.json".to_owned(),
        content: content.to_owned(),
    }));
    small.extend(member.requested.then(|| SmallFile {
        name: "REQUESTED".to_owned(),
        content: String::new(),
    }));
    let folder = laid
        .dist_info
        .rsplit_once('/')
        .map_or(laid.dist_info.as_str(), |(_, name)| name);
    let mut rows = laid.rows.clone();
    rows.extend(
        member
            .record
            .description
            .bytecode
            .iter()
            .map(|file| Row::bare(file.record.clone())),
    );
    rows.extend(small.iter().map(|file| {
        let digest = Sha256::from_bytes(Hasher::digest(file.content.as_bytes()).into());
        Row::hashed(format!("{folder}/{}", file.name), &digest, file.content.len() as u64)
    }));
    rows.sort_unstable();
    let block = if laid.scripts.is_empty() {
        rows.len()..rows.len()
    } else {
        block_of(&rows, &crate::wheel::relative(&scheme.scripts, &laid.library))
    };
    let behind = compose_record(rows.split_off(block.end));
    let among = rows.split_off(block.start);
    let generated = Generated {
        dist_info: laid.dist_info.clone(),
        library: laid.library.clone(),
        scripts: laid.scripts.iter().map(|script| planned(script, laid)).collect(),
        script_bytecode: Vec::new(),
        rows: among,
        small,
    };
    (generated, compose_record(rows), behind)
}

fn planned(script: &Script, laid: &Laid) -> PlannedScript {
    let file = match script {
        Script::Wheel(script) => laid.files.iter().find(|file| file.path == script.path),
        Script::EntryPoint(_) => None,
    };
    PlannedScript {
        script: script.clone(),
        wins: false,
        original: file.map(|file| original(file.size, file.mtime, file.mode)),
    }
}

fn original(size: u64, mtime: u64, mode: Mode) -> Original {
    Original {
        size,
        mtime: i64::try_from(mtime).unwrap_or_default(),
        executable: mode == Mode::Executable,
    }
}

/// Where the rows of a folder stand in sorted rows: they share a prefix, so they stand together.
fn block_of(rows: &[Row], folder: &str) -> std::ops::Range<usize> {
    let prefix = format!("{folder}/");
    let start = rows.partition_point(|row| row.path < prefix);
    let length = rows[start..].partition_point(|row| row.path.starts_with(&prefix));
    start..start + length
}

fn header(members: &[Member], scheme: &Scheme, totals: (u64, u64)) -> Header {
    let preimage = SnapshotPreimage {
        members: members
            .iter()
            .map(|member| SnapshotMember {
                distribution: member.record.key,
                content: member.record.content,
                requested: member.requested,
                direct_url: member.direct_url.map(str::to_owned),
            })
            .collect(),
        scheme: scheme.clone(),
        private_copies: PRIVATE_COPIES,
    };
    let seconds: f64 = members.iter().map(|member| member.record.seconds).sum();
    let distributions = members.iter().map(|member| HeaderDistribution {
        name: member.record.preimage.name.clone(),
        version: member.record.preimage.version.clone(),
        content: member.record.content,
        distribution: member.record.key,
    });
    Header {
        key: key_of(&preimage),
        extent: Extent::Whole,
        distributions: distributions.collect(),
        files: totals.0,
        bytes: totals.1,
        manifest: None,
        milliseconds: u64::try_from(Duration::try_from_secs_f64(seconds).unwrap_or_default().as_millis()).unwrap_or(u64::MAX),
    }
}

impl Composed {
    /// All paths that come from trees, for tests and for installing into a living environment.
    pub fn paths(&self) -> BTreeSet<String> {
        let folders = paths_of(&self.folders);
        let within = self.folders.iter().zip(&folders);
        within
            .flat_map(|(folder, path)| folder.files.iter().map(move |file| joined(path, &file.name)))
            .collect()
    }
}

/// The path of each folder within the environment.
pub(super) fn paths_of(folders: &[Folder]) -> Vec<String> {
    let mut paths: Vec<String> = Vec::with_capacity(folders.len());
    for folder in folders {
        let parent = paths.get(folder.parent as usize).map_or("", String::as_str);
        paths.push(joined(parent, &folder.name));
    }
    paths
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
