//! Archives of the store: gzip and tar.
#![no_main]

mod place;

use libfuzzer_sys::fuzz_target;
use snapenv::archive::unpack;
use snapenv::fs::Limits;

fuzz_target!(|content: &[u8]| {
    let place = place::Place::with("a.tar.gz", content);
    let _ = unpack(&place.file, &place.target, Limits::of_bytes(1 << 20));
    place.check();
});
