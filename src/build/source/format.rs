//! Which kind of archive an sdist is, and its plain tar stream.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::error::SourceError;
use super::gzip::Gzip;
use crate::archive::nothing_behind;
use crate::fs::{Cleanup, Reach};

const REPACK: &str = include_str!("repack.py");

/// The formats of sdists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Zip,
    Tar,
    Gzip,
    /// Read by the interpreter that builds; the name is what the script calls it.
    Foreign(&'static str),
}

const ENDINGS: &[(&str, Format)] = &[
    (".zip", Format::Zip),
    (".tar.gz", Format::Gzip),
    (".tgz", Format::Gzip),
    (".tar", Format::Tar),
    (".tar.bz2", Format::Foreign("bz2")),
    (".tbz", Format::Foreign("bz2")),
    (".tar.xz", Format::Foreign("lzma")),
    (".txz", Format::Foreign("lzma")),
    (".tlz", Format::Foreign("lzma")),
    (".tar.lz", Format::Foreign("lzma")),
    (".tar.lzma", Format::Foreign("lzma")),
];

/// What files begin with, for names that say nothing.
const SIGNATURES: &[(&[u8], Format)] = &[
    (b"PK\x03\x04", Format::Zip),
    (b"\x1f\x8b", Format::Gzip),
    (b"BZh", Format::Foreign("bz2")),
    (b"\xfd7zXZ\0", Format::Foreign("lzma")),
];

impl Format {
    fn of(path: &Path, file: &mut File) -> io::Result<Option<Self>> {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        if let Some((_, format)) = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)) {
            return Ok(Some(*format));
        }
        let mut begin = Vec::new();
        io::Seek::rewind(file)?;
        Read::by_ref(file).take(8).read_to_end(&mut begin)?;
        io::Seek::rewind(file)?;
        Ok(SIGNATURES
            .iter()
            .find(|(sign, _)| begin.starts_with(sign))
            .map(|(_, format)| *format))
    }
}

/// An sdist, opened.
pub(super) enum Opened {
    Zip(File),
    Tar(Stream),
}

/// The tar within an sdist, as it streams by.
pub(super) enum Stream {
    Tar(BufReader<File>),
    Gzip(Gzip),
    Repacked(Repacking),
}

/// A child that repacks; it is stopped when this is dropped.
pub(super) struct Repacking {
    child: Child,
    _stopped_by_signals: Option<Cleanup>,
}

impl Stream {
    pub(super) fn open(path: &Path, python: &Path) -> Result<Opened, SourceError> {
        let failed = |action| {
            move |source| SourceError::Io {
                action,
                path: path.to_owned(),
                source,
            }
        };
        let mut file = File::open(path).map_err(failed("open"))?;
        let format = Format::of(path, &mut file).map_err(failed("read"))?;
        let buffered = |file| BufReader::with_capacity(1 << 17, file);
        match format.ok_or_else(|| SourceError::Format(path.to_owned()))? {
            Format::Zip => Ok(Opened::Zip(file)),
            Format::Tar => Ok(Opened::Tar(Self::Tar(buffered(file)))),
            Format::Gzip => Ok(Opened::Tar(Self::Gzip(Gzip::new(buffered(file))))),
            Format::Foreign(name) => {
                let mut command = Command::new(python);
                command
                    .args(["-I", "-c", REPACK, name])
                    .arg(path)
                    .stdin(Stdio::null())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped());
                let (child, stopping) = Cleanup::start(&mut command, Reach::Process).map_err(failed("repack"))?;
                Ok(Opened::Tar(Self::Repacked(Repacking {
                    child,
                    _stopped_by_signals: stopping,
                })))
            }
        }
    }

    /// Whether a child unpacks it, which may know better than we what is wrong.
    pub(super) fn is_repacked(&self) -> bool {
        matches!(self, Self::Repacked(_))
    }

    /// Whether it ended well.
    pub(super) fn finish(&mut self, path: &Path) -> Result<(), SourceError> {
        let damaged = |reason: String| SourceError::Damaged {
            archive: path.to_owned(),
            reason,
        };
        // A tar has an end of its own; what comes behind it counts, too: the checksum of gzip, for one.
        nothing_behind(&mut *self).map_err(|error| damaged(error.to_string()))?;
        let Self::Repacked(Repacking { child, .. }) = self else {
            return Ok(());
        };
        let mut said = String::new();
        if let Some(mut stream) = child.stderr.take() {
            // What cannot be read is not shown.
            let _ = stream.read_to_string(&mut said);
        }
        let ended = child.wait().map_err(|error| damaged(error.to_string()))?;
        if ended.success() {
            return Ok(());
        }
        Err(damaged(said.lines().last().unwrap_or("it cannot be read").to_owned()))
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tar(stream) => stream.read(bytes),
            Self::Gzip(stream) => stream.read(bytes),
            Self::Repacked(repacking) => repacking.child.stdout.as_mut().map_or(Ok(0), |stream| stream.read(bytes)),
        }
    }
}

impl Drop for Repacking {
    fn drop(&mut self) {
        // It has ended already, unless the archive was refused midway.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
