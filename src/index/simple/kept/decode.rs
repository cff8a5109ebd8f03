//! Reading the compact form. Whatever is not exactly as it would be written is nothing.

use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::super::digests::ALGORITHMS;
use super::super::link::name_in_address;
use super::super::{Digests, Link, MetadataFile, Uploaded};
use super::Header;
use super::form::{FORMAT, HASHED, MAGIC, METADATA, NAMED, OTHER_ALGORITHM, PACKED, SIZED, TRAILER, UPLOADED};
use crate::fs::Soundness;

/// The shortest link: flags, two lengths, two texts, the number of digests.
const SHORTEST: usize = 1 + 4 * 4 + 1;

/// What an entry holds; `None` for one that is damaged or of another format.
pub(in crate::index::simple) fn decode(bytes: &[u8]) -> Option<(Header, Vec<Link>)> {
    let (content, trailer) = bytes.split_at_checked(bytes.len().checked_sub(TRAILER)?)?;
    let mut reader = Reader(content.strip_prefix(MAGIC)?);
    if reader.u32()? != FORMAT || blake3::hash(content).as_bytes() != trailer {
        return None;
    }
    let header = serde_json::from_str(reader.str()?).ok()?;
    let count = reader.count(4)?;
    // Number 0 is no text.
    let mut texts: Vec<Option<Arc<str>>> = vec![None];
    for _ in 0..count {
        texts.push(Some(reader.str()?.into()));
    }
    let count = reader.count(SHORTEST)?;
    let mut links = Vec::with_capacity(count);
    for _ in 0..count {
        links.push(reader.link(&texts)?);
    }
    reader.0.is_empty().then_some((header, links))
}

/// Looks at a whole entry: every format has the magic and the trailer.
pub fn page_soundness(bytes: &[u8]) -> Soundness {
    let parts = bytes.split_last_chunk::<TRAILER>();
    let format = parts.and_then(|(content, trailer)| {
        let rest = content.strip_prefix(MAGIC)?;
        (blake3::hash(content) == *trailer).then(|| Reader(rest).u32()).flatten()
    });
    match format {
        _ if bytes.is_empty() => Soundness::Damaged("it is empty"),
        None => Soundness::Damaged("it is not what was written: its digest does not match"),
        Some(format) if format > FORMAT => Soundness::Newer,
        Some(_) if decode(bytes).is_some() => Soundness::Whole,
        Some(_) => Soundness::Damaged("it is no page"),
    }
}

/// The bytes that are left.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?).ok()
    }

    fn str(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    /// A number of things that take at least `least` bytes each.
    fn count(&mut self, least: usize) -> Option<usize> {
        let count = self.length()?;
        (count.checked_mul(least)? <= self.0.len()).then_some(count)
    }

    fn link(&mut self, texts: &[Option<Arc<str>>]) -> Option<Link> {
        let flags = self.u8()?;
        let set = |flag: u8| flags & flag != 0;
        let address = self.str()?;
        let filename = if set(NAMED) {
            self.str().filter(|name| !name.contains('/'))?
        } else {
            name_in_address(address, self.length()?)?
        };
        let requires_python = texts.get(self.length()?)?.clone();
        let yanked = texts.get(self.length()?)?.clone();
        let digests = self.digests()?;
        let uploaded = if set(UPLOADED) {
            Some(Uploaded::from_micros(i64::from_le_bytes(self.array()?)))
        } else {
            None
        };
        let size = if set(SIZED) {
            Some(u64::from_le_bytes(self.array()?))
        } else {
            None
        };
        let metadata = match (set(METADATA), set(HASHED)) {
            (false, false) => MetadataFile::Absent,
            (true, false) => MetadataFile::Unhashed,
            (true, true) => MetadataFile::Hashed(self.digests()?),
            (false, true) => return None,
        };
        Some(Link {
            filename: filename.into(),
            address: address.into(),
            digests,
            requires_python,
            yanked,
            metadata,
            uploaded,
            size,
        })
    }

    fn digests(&mut self) -> Option<Digests> {
        let count = self.u8()?;
        let mut digests = Digests::with_capacity(count.into());
        for _ in 0..count {
            let kind = self.u8()?;
            let algorithm = match kind & !PACKED {
                OTHER_ALGORITHM => self.str()?,
                known => ALGORITHMS.get(usize::from(known))?,
            };
            if kind & PACKED == 0 {
                digests.set(algorithm, self.str()?);
            } else {
                let length = self.u8()?.into();
                digests.set_owned(algorithm, HEXLOWER.encode(self.bytes(length)?));
            }
        }
        Some(digests)
    }
}
