//! METADATA as indexes serve it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use snapenv::wheel::Metadata;

fuzz_target!(|content: &[u8]| {
    let _ = Metadata::parse(content);
});
