//! Unpacking an archive into a tree: our own loop, regular files only.
//!
//! Archives are ours, so whatever `pack` does not write is refused: the description comes first, then come files in the order of their
//! paths, each once.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use rustix::fs::Mode;
use tar::{Archive, Entry, EntryType};

use super::content::Hashing;
use super::error::ArchiveError;
use super::pack::{time_of, tree_mode};
use super::ration::{Ration, Rationed, nothing_behind};
use crate::fs::{Beneath, Limits};
use crate::key::ContentKey;
use crate::wheel::misleads;

/// Where the distribution description stands in an archive and in a tree.
pub const DESCRIPTION: &str = ".snapenv/distribution.json";

/// Longest part of a path, in bytes: what file systems take.
const LONGEST_PART: usize = 255;

/// Unpacks the archive at `path` into the existing folder `into` as a tree (files 0444 or 0555) and returns its content key.
///
/// # Errors
/// When the archive is damaged, has a member that none of ours has, passes a limit, or `into` cannot be written. What was written
/// by then is the caller's to remove.
pub fn unpack(path: &Path, into: &Path, limits: Limits) -> Result<ContentKey, ArchiveError> {
    let mut total = 0;
    let mut count = 0;
    let root = Beneath::open(into).map_err(|source| ArchiveError::Io {
        action: "open folder",
        path: into.to_owned(),
        source,
    })?;
    members(path, limits, &mut |member, entry| {
        // Not the header's size: an extension may overrule it, and it is what will be written.
        total = entry.size().saturating_add(total);
        count += 1;
        if total > limits.total_bytes || count > limits.entries {
            return Err(refused(path, member, "the archive unpacks to more than its limit"));
        }
        write_member(entry, &root, member).map_err(|failure| match failure {
            Failure::Read(error) => damaged(path)(error),
            // Nothing was there, and nothing is written twice.
            Failure::Write(source) if matches!(source.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists) => {
                refused(path, member, "it is both a file and a folder")
            }
            Failure::Write(source) => ArchiveError::Io {
                action: "unpack",
                path: into.join(member),
                source,
            },
        })
    })
}

/// Shows each member of the archive at `path` to `look`, and returns the content key: what it saw was right only if that is.
///
/// # Errors
/// When the archive is damaged or has a member that none of ours has, and when `look` fails.
pub fn visit(path: &Path, look: &mut dyn FnMut(&Path, &mut dyn Read) -> io::Result<()>) -> Result<ContentKey, ArchiveError> {
    members(path, Limits::default(), &mut |member, entry| {
        look(Path::new(member), entry).map_err(|source| ArchiveError::Io {
            action: "read",
            path: member.into(),
            source,
        })
    })
}

/// The first file of a tree that is not as in its archive, if there is one.
///
/// # Errors
/// When the archive is damaged or cannot be read.
pub fn first_difference(archive: &Path, tree: &Path) -> Result<Option<PathBuf>, ArchiveError> {
    let mut difference = None;
    let mut content = Vec::new();
    members(archive, Limits::default(), &mut |member, entry| {
        if difference.is_some() {
            return Ok(());
        }
        let path = tree.join(member);
        content.clear();
        entry.read_to_end(&mut content).map_err(damaged(archive))?;
        if fs::read(&path).ok().as_ref() != Some(&content) {
            difference = Some(path);
        }
        Ok(())
    })?;
    Ok(difference)
}

type Stream = Rationed<Hashing<MultiGzDecoder<BufReader<File>>>>;

/// Does something with a member; its path is one that may be written to.
type Work<'a> = &'a mut dyn FnMut(&str, &mut Entry<'_, Stream>) -> Result<(), ArchiveError>;

/// Goes through all members, and answers with the content key, for which the stream is read to its end.
fn members(path: &Path, limits: Limits, work: Work<'_>) -> Result<ContentKey, ArchiveError> {
    let (mut archive, ration) = open(path)?;
    let mut last: Option<String> = None;
    ration.headers();
    for entry in archive.entries().map_err(damaged(path))? {
        let mut entry = entry.map_err(damaged(path))?;
        ration.content(entry.size());
        let member = checked_path(&entry, path, limits)?;
        let in_order = last
            .as_deref()
            .is_none_or(|last| member != DESCRIPTION && (last == DESCRIPTION || last < member.as_str()));
        if !in_order {
            return Err(refused(path, &member, "it is out of order, or there twice"));
        }
        work(&member, &mut entry)?;
        last = Some(member);
        ration.headers();
    }
    let mut rest = archive.into_inner().into_inner();
    nothing_behind(&mut rest).map_err(damaged(path))?;
    Ok(rest.finish().1)
}

fn open(path: &Path) -> Result<(Archive<Stream>, Ration), ArchiveError> {
    let file = File::open(path).map_err(|source| ArchiveError::Io {
        action: "open archive",
        path: path.to_owned(),
        source,
    })?;
    let reader = BufReader::with_capacity(1 << 18, file);
    let (stream, ration) = Rationed::new(Hashing::new(MultiGzDecoder::new(reader)));
    Ok((Archive::new(stream), ration))
}

fn checked_path(entry: &Entry<Stream>, archive: &Path, limits: Limits) -> Result<String, ArchiveError> {
    let bytes = entry.path_bytes();
    let shown = String::from_utf8_lossy(&bytes);
    let refused = |reason| Err(refused(archive, &shown, reason));
    let Ok(path) = std::str::from_utf8(&bytes) else {
        return refused("its path is not UTF-8");
    };
    if entry.header().entry_type() != EntryType::Regular {
        return refused("only regular files are unpacked");
    }
    if path.len() > limits.path_bytes || path.split('/').any(|part| part.len() > LONGEST_PART) {
        return refused("its path is too long");
    }
    if path.contains(misleads) {
        return refused("its path holds characters that do not belong into file names");
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return refused("its path leads out of the tree, or takes a detour");
    }
    Ok(path.to_owned())
}

/// Whose fault it is that a member was not unpacked: the archive's, or that of where it goes to.
enum Failure {
    Read(io::Error),
    Write(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

fn write_member(entry: &mut Entry<Stream>, root: &Beneath, path: &str) -> Result<(), Failure> {
    let executable = entry.header().mode().map_err(Failure::Read)? & 0o111 != 0;
    let mtime = i64::try_from(entry.header().mtime().map_err(Failure::Read)?).unwrap_or_default();
    let mine = Mode::RUSR | Mode::WUSR;
    let mut file = match root.create(path, mine) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let (folder, _) = path.rsplit_once('/').ok_or(error)?;
            root.make_folders(folder, Mode::from_raw_mode(0o755))?;
            root.create(path, mine)?
        }
        other => other?,
    };
    let mut buffer = [0; 16 << 10];
    loop {
        match entry.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => file.write_all(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::Read(error)),
        }
    }
    file.set_permissions(fs::Permissions::from_mode(tree_mode(executable)))?;
    Ok(file.set_modified(time_of(mtime))?)
}

fn damaged(path: &Path) -> impl Fn(io::Error) -> ArchiveError {
    let archive = path.to_owned();
    move |error| ArchiveError::Damaged {
        archive: archive.clone(),
        reason: error.to_string(),
    }
}

fn refused(archive: &Path, member: &str, reason: &'static str) -> ArchiveError {
    ArchiveError::Refused {
        archive: archive.to_owned(),
        member: member.escape_debug().to_string(),
        reason,
    }
}
