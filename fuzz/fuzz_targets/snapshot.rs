//! Snapshots and excerpts, with the digests that they ought to have: they are no defence against who writes them.
#![no_main]

use std::path::Component;

use libfuzzer_sys::fuzz_target;
use snapenv::environment::snapshot::Snapshot;

const MAGIC: &[u8] = b"snapenv snapshot\n\x03\0\0\0";

fuzz_target!(|content: &[u8]| {
    // Digest of the texts, of which there are none.
    let manifest = [content, blake3::hash(&[]).as_bytes()].concat();
    let length = u32::try_from(manifest.len()).unwrap_or_default().to_le_bytes();
    let mut bytes = [MAGIC, &length, &manifest].concat();
    bytes.extend_from_slice(blake3::hash(&bytes).as_bytes());
    if let Ok(snapshot) = Snapshot::decode(bytes) {
        let _ = (snapshot.preimages(), snapshot.contributors(), snapshot.record(0));
        for entry in snapshot.folders.iter().chain(&snapshot.present).flat_map(|folder| &folder.files) {
            let mut parts = snapshot.name(entry.name).components();
            assert!(matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)));
        }
    }
});
