//! Unpacking an sdist.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tar::{Archive, Entry, EntryType};

use super::error::SourceError;
use super::format::{Opened, Stream};
use super::member::{Tree, plain};
use super::zipped;
use crate::archive::{Ration, Rationed};
use crate::fs::{Excess, Limits};

/// Unpacks an sdist into the existing, empty folder `into` and answers with its source tree: the one folder at its top, or (as pip
/// has it) `into` itself. `python` reads what is no tar.gz.
///
/// # Errors
/// When it is no archive, damaged, or has a member that leads out of the tree or is no file; when `into` cannot be written.
pub fn unpack(archive: &Path, into: &Path, python: &Path, limits: Limits) -> Result<PathBuf, SourceError> {
    let into = &into.canonicalize().map_err(cannot("find", into))?;
    let opened = Stream::open(archive, python)?;
    let mut unpacking = Unpacking {
        archive,
        packed: fs::metadata(archive).map_err(cannot("read", archive))?.len(),
        tree: Tree {
            root: into,
            has_links: false,
        },
        limits,
        total: 0,
        count: 0,
    };
    match opened {
        Opened::Zip(file) => unpacking.count = zipped::unpack(file, archive, &unpacking.tree, &limits)?,
        Opened::Tar(stream) => unpacking.tar(stream)?,
    }
    if unpacking.count == 0 {
        return Err(unpacking.damaged("it is empty".to_owned()));
    }
    unpacking.top()
}

fn cannot(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let path = path.to_owned();
    move |source| SourceError::Io { action, path, source }
}

struct Unpacking<'a> {
    archive: &'a Path,
    /// Its length.
    packed: u64,
    tree: Tree<'a>,
    limits: Limits,
    total: u64,
    count: usize,
}

impl Unpacking<'_> {
    fn tar(&mut self, stream: Stream) -> Result<(), SourceError> {
        let (stream, ration) = Rationed::new(stream);
        let mut tar = Archive::new(stream);
        let outcome = self.run(&mut tar, &ration);
        let mut stream = tar.into_inner().into_inner();
        match outcome {
            Ok(()) => stream.finish(self.archive),
            Err(SourceError::Damaged { .. }) if stream.is_repacked() => stream.finish(self.archive).and(outcome),
            // What was refused is read no further.
            refused => refused,
        }
    }

    fn run(&mut self, tar: &mut Archive<Rationed<Stream>>, ration: &Ration) -> Result<(), SourceError> {
        let archive = self.archive.to_owned();
        let damaged = |error: io::Error| SourceError::Damaged {
            archive: archive.clone(),
            reason: error.to_string(),
        };
        ration.headers();
        for entry in tar.entries().map_err(damaged)? {
            let mut entry = entry.map_err(damaged)?;
            ration.content(entry.size());
            // What holds for the members behind it was read by the tar reader.
            if entry.header().entry_type() != EntryType::XGlobalHeader {
                self.member(&mut entry)?;
            }
            ration.headers();
        }
        Ok(())
    }

    fn member(&mut self, entry: &mut Entry<Rationed<Stream>>) -> Result<(), SourceError> {
        let named = entry.path().map_err(|error| self.damaged(error.to_string()))?.into_owned();
        let refused = |reason| self.refused(&named, reason);
        let path = plain(&named).map_err(refused)?;
        self.total = self.total.saturating_add(entry.size());
        self.count += 1;
        if self.total > self.limits.total_bytes || self.count > self.limits.entries {
            return Err(self.refused(&named, "the archive unpacks to more than its limit"));
        }
        if let Some(Excess { what, limit }) = self.limits.excess(self.total, self.packed) {
            let archive = self.archive.to_owned();
            return Err(SourceError::TooMuch { archive, what, limit });
        }
        if named.as_os_str().len() > self.limits.path_bytes {
            return Err(self.refused(&named, "its path is too long"));
        }
        if path.as_os_str().is_empty() {
            return Ok(());
        }
        let broken = [
            io::ErrorKind::UnexpectedEof,
            io::ErrorKind::InvalidData,
            io::ErrorKind::InvalidInput,
        ];
        let outcome = self.write(entry, &path).map_err(|source| match source.kind() {
            kind if broken.contains(&kind) => self.damaged(source.to_string()),
            _ => cannot("unpack", &self.tree.root.join(&path))(source),
        })?;
        outcome.map_err(|reason| self.refused(&named, reason))
    }

    fn write(&mut self, entry: &mut Entry<Rationed<Stream>>, member: &Path) -> io::Result<Result<(), &'static str>> {
        let kind = entry.header().entry_type();
        if !(kind.is_dir() || is_file(kind) || kind.is_symlink() || kind.is_hard_link()) {
            return Ok(Err("it is a device, a pipe, or of an unknown kind"));
        }
        let path = match self.tree.place(member)? {
            Ok(path) => path,
            Err(reason) => return Ok(Err(reason)),
        };
        if kind.is_dir() {
            return fs::create_dir_all(&path).map(Ok);
        }
        if is_file(kind) {
            let (mode, mtime) = (entry.header().mode()?, entry.header().mtime()?);
            return Tree::write(entry, &path, mode, mtime).map(Ok);
        }
        let Some(target) = entry.link_name()?.map(std::borrow::Cow::into_owned) else {
            return Ok(Err("it is a link to nothing"));
        };
        if kind.is_symlink() {
            self.tree.link(&path, member, &target)
        } else {
            self.tree.join(&path, member, &target)
        }
    }

    /// The one folder at the top; where there is more, a project has to lie there.
    fn top(&self) -> Result<PathBuf, SourceError> {
        let into = self.tree.root;
        let entries = fs::read_dir(into).map_err(cannot("read folder", into))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        match paths.as_slice() {
            [only] if fs::symlink_metadata(only).is_ok_and(|top| top.is_dir()) => Ok(only.clone()),
            [_, second, ..] if !["setup.py", "pyproject.toml"].iter().any(|name| into.join(name).is_file()) => {
                let name = second.file_name().unwrap_or_default();
                Err(self.refused(
                    Path::new(name),
                    "it lies beside the top folder, of which there may be only one",
                ))
            }
            _ => Ok(into.to_owned()),
        }
    }

    fn refused(&self, member: &Path, reason: &'static str) -> SourceError {
        SourceError::Refused {
            archive: self.archive.to_owned(),
            member: member.display().to_string(),
            reason,
        }
    }

    fn damaged(&self, reason: String) -> SourceError {
        SourceError::Damaged {
            archive: self.archive.to_owned(),
            reason,
        }
    }
}

fn is_file(kind: EntryType) -> bool {
    matches!(kind, EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse)
}
