//! Writing a parcel: a plain tar, the same bytes for the same entries.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use super::error::ParcelError;
use super::manifest::{FORMAT, MANIFEST, Manifest, PREFACE, Preface, Row, text_of};
use super::name::MemberName;

/// A parcel that is being written.
pub(super) struct Writer<W: Write> {
    builder: Builder<W>,
    rows: Vec<Row>,
    /// Bytes of all members.
    bytes: u64,
    place: PathBuf,
}

impl<W: Write> Writer<W> {
    /// Begins one; `place` is what errors call it.
    pub(super) fn new(target: W, place: &Path, preface: &Preface) -> Result<Self, ParcelError> {
        let mut writer = Self {
            builder: Builder::new(target),
            rows: Vec::new(),
            bytes: 0,
            place: place.to_owned(),
        };
        let text = text_of(PREFACE, preface)?;
        writer.append(PREFACE, text.len() as u64, text.as_slice())?;
        Ok(writer)
    }

    /// Adds a member of this length.
    pub(super) fn add(&mut self, name: &MemberName, bytes: u64, content: impl Read) -> Result<(), ParcelError> {
        let name = name.to_string();
        let digest = self.append(&name, bytes, content)?;
        self.bytes += bytes;
        self.rows.push(Row {
            name,
            bytes,
            blake3: digest,
        });
        Ok(())
    }

    /// Ends it; how many members there are, and their bytes.
    pub(super) fn finish(mut self) -> Result<(W, usize, u64), ParcelError> {
        let count = self.rows.len();
        let manifest = Manifest {
            format: FORMAT,
            members: std::mem::take(&mut self.rows),
        };
        let text = text_of(MANIFEST, &manifest)?;
        self.append(MANIFEST, text.len() as u64, text.as_slice())?;
        let failed = ParcelError::io("write", &self.place);
        let mut target = self.builder.into_inner().map_err(&failed)?;
        target.flush().map_err(&failed)?;
        Ok((target, count, self.bytes))
    }

    fn append(&mut self, name: &str, bytes: u64, content: impl Read) -> Result<String, ParcelError> {
        let failed = ParcelError::io("write", &self.place);
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(bytes);
        header.set_path(name).map_err(&failed)?;
        header.set_cksum();
        let mut content = Measured {
            inner: content,
            hasher: blake3::Hasher::new(),
            left: bytes,
        };
        self.builder.append(&header, &mut content).map_err(&failed)?;
        Ok(content.hasher.finalize().to_hex().to_string())
    }
}

/// Hashes what passes by, of which there has to be as much as was said.
struct Measured<R> {
    inner: R,
    hasher: blake3::Hasher,
    left: u64,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..wanted])?;
        if read == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.hasher.update(&buffer[..read]);
        self.left -= read as u64;
        Ok(read)
    }
}
