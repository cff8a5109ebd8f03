//! Sdists; the first byte chooses tar, tar.gz or zip.
#![no_main]

mod place;

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use snapenv::build::unpack;
use snapenv::fs::Limits;

const NAMES: [&str; 3] = ["a-1.0.tar", "a-1.0.tar.gz", "a-1.0.zip"];

fuzz_target!(|input: &[u8]| {
    let Some((kind, content)) = input.split_first() else { return };
    let place = place::Place::with(NAMES[usize::from(*kind) % NAMES.len()], content);
    // The interpreter is only started for bz2 and xz.
    let _ = unpack(&place.file, &place.target, Path::new("/nonexistent"), Limits::of_bytes(1 << 20));
    place.check();
});
