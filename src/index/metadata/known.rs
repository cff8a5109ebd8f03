//! METADATA as the store keeps it (`docs/store-format.md`, Metadata).

use std::fs;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;

use super::Means;
use crate::fs::{Durability, Soundness, sealed, soundness, write_new};
use crate::index::simple::{Link, MetadataFile, Shelf};
use crate::key::Sha256;
use crate::wheel::Metadata;

const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Entry {
    format: u32,
    origin: String,
    whole: bool,
    sha256: Sha256,
    metadata: Arc<Metadata>,
}

/// What was kept of the wheel that `link` leads to, if it may be believed.
pub(super) fn load(shelf: &dyn Shelf, link: &Link) -> Option<Arc<Metadata>> {
    let path = shelf.metadata(link.digests.sha256()?);
    let bytes = fs::read(&path).ok()?;
    match metadata_soundness(&bytes) {
        Soundness::Whole => {}
        Soundness::Newer => return None,
        Soundness::Damaged(reason) => {
            shelf.note_damage(&path, reason);
            return None;
        }
    }
    let entry: Entry = serde_json::from_slice(&bytes).ok()?;
    let announced = match &link.metadata {
        MetadataFile::Hashed(digests) => digests.sha256(),
        MetadataFile::Absent | MetadataFile::Unhashed => None,
    };
    let believed = match announced {
        Some(announced) => announced == entry.sha256 || entry.whole,
        None => entry.whole || entry.origin == origin(&link.url()?),
    };
    believed.then_some(entry.metadata)
}

/// Looks at a whole entry.
pub fn metadata_soundness(bytes: &[u8]) -> Soundness {
    match soundness(bytes, FORMAT) {
        Soundness::Whole if serde_json::from_slice::<Entry>(bytes).is_err() => Soundness::Damaged("it is no such record"),
        found => found,
    }
}

/// Keeps `metadata`, parsed from `content`; should that fail, it is asked for again the next time.
pub(super) fn keep(shelf: &dyn Shelf, link: &Link, (metadata, content): (&Arc<Metadata>, &[u8]), means: Means) {
    let (Some(wheel), Some(staging), Some(url)) = (link.digests.sha256(), shelf.staging(), link.url()) else {
        return;
    };
    let entry = Entry {
        format: FORMAT,
        origin: origin(&url),
        whole: means == Means::Whole,
        sha256: Sha256::of(content),
        metadata: Arc::clone(metadata),
    };
    if let Ok(json) = serde_json::to_vec(&entry) {
        let _ = write_new(&shelf.metadata(wheel), &sealed(json), &staging, Durability::Derived);
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
