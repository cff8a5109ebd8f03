//! Unpacking an archive into a tree: our own loop, regular files only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::content::Hashing;
use super::error::ArchiveError;
use super::limits::Limits;
use super::pack::{time_of, tree_mode};
use crate::key::ContentKey;

/// Where the distribution description stands in an archive and in a tree.
pub const DESCRIPTION: &str = ".snapenv/distribution.json";

/// Unpacks the archive at `path` into the existing folder `into` as a tree (files 0444 or 0555) and returns its content key.
///
/// # Errors
/// When the archive is damaged, has a member that none of ours has, passes a limit, or `into` cannot be written. What was written
/// by then is the caller's to remove.
pub fn unpack(path: &Path, into: &Path, limits: Limits) -> Result<ContentKey, ArchiveError> {
    let mut archive = open(path)?;
    let mut total = 0;
    let mut count = 0;
    for entry in archive.entries().map_err(damaged(path))? {
        let mut entry = entry.map_err(damaged(path))?;
        let member = checked_path(&entry, path, limits)?;
        // Not the header's size: an extension may overrule it, and it is what will be written.
        total = entry.size().saturating_add(total);
        count += 1;
        if total > limits.total_bytes || count > limits.entries {
            return Err(refused(path, &member, "the archive unpacks to more than its limit"));
        }
        write_member(&mut entry, &into.join(&member)).map_err(|failure| match failure {
            Failure::Read(error) => damaged(path)(error),
            Failure::Write(source) => ArchiveError::Io {
                action: "unpack",
                path: into.join(&member),
                source,
            },
        })?;
    }
    rest_of(archive, path)
}

/// Shows each member of the archive at `path` to `look`, and returns the content key: what it saw was right only if that is.
///
/// # Errors
/// When the archive is damaged or has a member that none of ours has, and when `look` fails.
pub fn visit(path: &Path, look: &mut dyn FnMut(&Path, &mut dyn Read) -> io::Result<()>) -> Result<ContentKey, ArchiveError> {
    let mut archive = open(path)?;
    for entry in archive.entries().map_err(damaged(path))? {
        let mut entry = entry.map_err(damaged(path))?;
        let member = checked_path(&entry, path, Limits::default())?;
        look(&member, &mut entry).map_err(|source| ArchiveError::Io {
            action: "read",
            path: member.clone(),
            source,
        })?;
    }
    rest_of(archive, path)
}

/// The first file of a tree that is not as in its archive, if there is one.
///
/// # Errors
/// When the archive is damaged or cannot be read.
pub fn first_difference(archive: &Path, tree: &Path) -> Result<Option<PathBuf>, ArchiveError> {
    let mut stream = open(archive)?;
    let mut content = Vec::new();
    for entry in stream.entries().map_err(damaged(archive))? {
        let mut entry = entry.map_err(damaged(archive))?;
        let path = tree.join(checked_path(&entry, archive, Limits::default())?);
        content.clear();
        entry.read_to_end(&mut content).map_err(damaged(archive))?;
        if fs::read(&path).ok().as_ref() != Some(&content) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

type Stream = Hashing<MultiGzDecoder<BufReader<File>>>;

fn open(path: &Path) -> Result<Archive<Stream>, ArchiveError> {
    let file = File::open(path).map_err(|source| ArchiveError::Io {
        action: "open archive",
        path: path.to_owned(),
        source,
    })?;
    let reader = BufReader::with_capacity(1 << 18, file);
    Ok(Archive::new(Hashing::new(MultiGzDecoder::new(reader))))
}

/// The content key, for which the stream is read to its end.
fn rest_of(archive: Archive<Stream>, path: &Path) -> Result<ContentKey, ArchiveError> {
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(damaged(path))?;
    Ok(rest.finish().1)
}

fn checked_path(entry: &Entry<Stream>, archive: &Path, limits: Limits) -> Result<PathBuf, ArchiveError> {
    let path = entry.path().map_err(damaged(archive))?;
    if entry.header().entry_type() != EntryType::Regular {
        return Err(refused(archive, &path, "only regular files are unpacked"));
    }
    if path.as_os_str().len() > limits.path_bytes {
        return Err(refused(archive, &path, "its path is too long"));
    }
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || path.as_os_str().is_empty() {
        return Err(refused(archive, &path, "its path leads out of the tree"));
    }
    Ok(path.into_owned())
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

fn write_member(entry: &mut Entry<Stream>, path: &Path) -> Result<(), Failure> {
    let executable = entry.header().mode().map_err(Failure::Read)? & 0o111 != 0;
    let mtime = i64::try_from(entry.header().mtime().map_err(Failure::Read)?).unwrap_or_default();
    let create = |path: &Path| OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match create(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = path.parent().unwrap_or(path);
            DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
            create(path)?
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

fn refused(archive: &Path, member: &Path, reason: &'static str) -> ArchiveError {
    ArchiveError::Refused {
        archive: archive.to_owned(),
        member: member.display().to_string(),
        reason,
    }
}
