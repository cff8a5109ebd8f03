//! Moving bytes from a source to a file or into memory, counting and hashing on the way.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::hashes::Check;
use super::retry::Failure;
use super::{Artifact, FetchError, Fetched, RedactedUrl};
use crate::report::Bar;

const CHUNK: usize = 128 * 1024;

/// A file that is removed again unless it is kept.
pub(super) struct Destination<'a> {
    path: &'a Path,
    file: File,
    kept: bool,
}

impl<'a> Destination<'a> {
    /// Creates or empties the file.
    pub(super) fn create(path: &'a Path) -> Result<Self, FetchError> {
        let file = File::create(path).map_err(|error| unwritable(path, error))?;
        let kept = false;
        Ok(Self { path, file, kept })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file.write_all(bytes).map_err(|error| unwritable(self.path, error))
    }

    /// Leaves the file in place.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Destination<'_> {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(self.path);
        }
    }
}

fn unwritable(path: &Path, error: io::Error) -> FetchError {
    FetchError::Write {
        path: path.to_owned(),
        source: Arc::new(error),
    }
}

/// A transfer in progress: who watches it, and whether it is still wanted.
pub(super) struct Watch<'a> {
    pub(super) bar: &'a dyn Bar,
    pub(super) stop: &'a AtomicBool,
}

/// Copies `source` into `destination` and checks size and digests; `broken` says what a failing read means.
pub(super) fn copy(
    mut source: impl Read,
    destination: &mut Destination<'_>,
    artifact: &Artifact,
    watch: &Watch<'_>,
    broken: impl Fn(io::Error) -> Failure,
) -> Result<Fetched, Failure> {
    let mut check = Check::new(&artifact.hashes);
    let mut size = 0;
    let mut buffer = vec![0; CHUNK];
    loop {
        if watch.stop.load(Ordering::Relaxed) {
            return Err(FetchError::Stopped.into());
        }
        let read = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken(error)),
        };
        size += read as u64;
        if artifact.size.is_some_and(|expected| size > expected) {
            return Err(wrong_size(artifact, size).into());
        }
        check.update(&buffer[..read]);
        destination.write(&buffer[..read])?;
        watch.bar.advance(read as u64);
    }
    if artifact.size.is_some_and(|expected| size != expected) {
        return Err(wrong_size(artifact, size).into());
    }
    let sha256 = check.finish().map_err(|mismatch| FetchError::Hash {
        artifact: artifact.filename.clone(),
        url: RedactedUrl::new(&artifact.url),
        mismatch,
    })?;
    Ok(Fetched { sha256, size })
}

fn wrong_size(artifact: &Artifact, got: u64) -> FetchError {
    FetchError::Size {
        artifact: artifact.filename.clone(),
        url: RedactedUrl::new(&artifact.url),
        expected: artifact.size.unwrap_or_default(),
        got,
    }
}

/// Reads `source` into memory, `None` when it has more than `limit` bytes.
pub(super) fn read_limited(source: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}
