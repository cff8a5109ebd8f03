//! Writing the compact form.

use std::collections::HashMap;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::super::digests::ALGORITHMS;
use super::super::link::name_in_address;
use super::super::{Digests, Link, MetadataFile};
use super::Header;
use super::form::{FORMAT, HASHED, MAGIC, METADATA, NAMED, OTHER_ALGORITHM, PACKED, SIZED, UPLOADED};

/// The compact form of a page.
pub(in crate::index::simple) fn encode(header: &Header, links: &[Link]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.0.extend_from_slice(MAGIC);
    writer.u32(FORMAT);
    // A header of strings and numbers cannot fail to become JSON; an empty one would be a miss.
    writer.str(&serde_json::to_string(header).unwrap_or_default());
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut texts: Vec<&str> = Vec::new();
    for text in links.iter().flat_map(|link| [&link.requires_python, &link.yanked]).flatten() {
        numbers.entry(text).or_insert_with(|| {
            texts.push(text);
            count(texts.len())
        });
    }
    writer.u32(count(texts.len()));
    for text in texts {
        writer.str(text);
    }
    writer.u32(count(links.len()));
    let number = |text: &Option<Arc<str>>| {
        text.as_deref()
            .and_then(|text| numbers.get(text))
            .copied()
            .unwrap_or_default()
    };
    for link in links {
        writer.link(link, [number(&link.requires_python), number(&link.yanked)]);
    }
    let digest = blake3::hash(&writer.0);
    writer.0.extend_from_slice(digest.as_bytes());
    writer.0
}

/// Pages of more than four billion of anything are not read in the first place.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn u32(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn str(&mut self, text: &str) {
        self.u32(count(text.len()));
        self.0.extend_from_slice(text.as_bytes());
    }

    fn link(&mut self, link: &Link, texts: [u32; 2]) {
        let named = name_in_address(link.address(), link.filename.len()) != Some(&*link.filename);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        self.0.push(
            flag(named, NAMED)
                | flag(link.uploaded.is_some(), UPLOADED)
                | flag(link.size.is_some(), SIZED)
                | flag(link.metadata != MetadataFile::Absent, METADATA)
                | flag(matches!(link.metadata, MetadataFile::Hashed(_)), HASHED),
        );
        self.str(link.address());
        if named {
            self.str(&link.filename);
        } else {
            self.u32(count(link.filename.len()));
        }
        for number in texts {
            self.u32(number);
        }
        self.digests(&link.digests);
        if let Some(uploaded) = link.uploaded {
            self.0.extend_from_slice(&uploaded.micros().to_le_bytes());
        }
        if let Some(size) = link.size {
            self.0.extend_from_slice(&size.to_le_bytes());
        }
        if let MetadataFile::Hashed(digests) = &link.metadata {
            self.digests(digests);
        }
    }

    fn digests(&mut self, digests: &Digests) {
        // Of more digests than anybody gives, the first are kept.
        let kept = digests.iter().take(usize::from(u8::MAX));
        self.0.push(u8::try_from(kept.len()).unwrap_or(u8::MAX));
        for (algorithm, digest) in kept {
            let known = ALGORITHMS.iter().position(|known| *known == algorithm);
            let known = known.and_then(|known| u8::try_from(known).ok());
            let packed = HEXLOWER.decode(digest.as_bytes()).ok();
            let packed = packed.and_then(|bytes| Some((u8::try_from(bytes.len()).ok()?, bytes)));
            self.0
                .push(known.unwrap_or(OTHER_ALGORITHM) | if packed.is_some() { PACKED } else { 0 });
            if known.is_none() {
                self.str(algorithm);
            }
            match packed {
                Some((length, bytes)) => {
                    self.0.push(length);
                    self.0.extend_from_slice(&bytes);
                }
                None => self.str(digest),
            }
        }
    }
}
