//! Writing a snapshot's bytes.

use super::compose::{Composed, FileEntry, Folder};
use super::header::{Extent, Role};

pub(super) const MAGIC: &[u8] = b"snapenv snapshot\n";
pub(super) const FORMAT: u32 = 3;
pub(super) const PRIVATE: u8 = 1;

/// The bytes of a snapshot, as `docs/store-format.md` lays them out.
///
/// # Errors
/// When a description cannot be serialized.
pub fn encode(composed: &Composed) -> Result<Vec<u8>, serde_json::Error> {
    let mut parts = Vec::with_capacity(4 << 20);
    folders(&mut parts, &composed.folders);
    let described: Vec<_> = composed.generated.iter().map(|(generated, ..)| generated).collect();
    string(&mut parts, &serde_json::to_string(&described)?);
    for (_, before, behind) in &composed.generated {
        number(&mut parts, before.len());
        number(&mut parts, behind.len());
    }
    string(&mut parts, &serde_json::to_string(&composed.preimages)?);
    folders(&mut parts, &composed.present);
    let texts = texts(composed);
    parts.extend_from_slice(blake3::hash(&texts).as_bytes());
    let mut header = composed.header.clone();
    if header.extent == Extent::Whole {
        header.manifest = Some(header.digest_with(&parts)?);
    }
    let header = serde_json::to_string(&header)?;
    let mut bytes = Vec::with_capacity(MAGIC.len() + header.len() + parts.len() + texts.len() + 64);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    number(&mut bytes, size_of::<u32>() + header.len() + parts.len());
    string(&mut bytes, &header);
    bytes.extend_from_slice(&parts);
    let digest = blake3::hash(&bytes);
    bytes.extend_from_slice(digest.as_bytes());
    bytes.extend_from_slice(&texts);
    Ok(bytes)
}

/// The texts of RECORDs: an excerpt has only their lengths.
fn texts(composed: &Composed) -> Vec<u8> {
    let records = composed.generated.iter().filter(|_| composed.header.extent == Extent::Whole);
    let texts = records.flat_map(|(_, before, behind)| [before.as_bytes(), behind.as_bytes()]);
    texts.collect::<Vec<_>>().concat()
}

fn folders(bytes: &mut Vec<u8>, folders: &[Folder]) {
    number(bytes, folders.len());
    for folder in folders {
        bytes.extend_from_slice(&folder.parent.to_le_bytes());
        string(bytes, &folder.name);
        number(bytes, folder.files.len());
        for entry in &folder.files {
            file(bytes, entry);
        }
    }
}

fn file(bytes: &mut Vec<u8>, entry: &FileEntry) {
    bytes.extend_from_slice(&entry.distribution.to_le_bytes());
    bytes.push(match entry.role {
        Role::Link => 0,
        Role::Private => PRIVATE,
    });
    bytes.push(u8::from(entry.executable));
    bytes.extend_from_slice(&entry.size.to_le_bytes());
    bytes.extend_from_slice(&entry.mtime.to_le_bytes());
    string(bytes, &entry.name);
}

/// Counts and lengths are far below the limit of `u32`; one beyond it makes a snapshot that no reader accepts, which is a miss.
fn number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn string(bytes: &mut Vec<u8>, text: &str) {
    number(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}
