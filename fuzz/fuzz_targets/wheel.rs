//! Wheels: the zip container, METADATA, WHEEL, RECORD and entry points, up to the files that are written.
#![no_main]

mod place;

use libfuzzer_sys::fuzz_target;
use snapenv::fs::Limits;
use snapenv::wheel::{Destination, Wheel};

fuzz_target!(|content: &[u8]| {
    let place = place::Place::with("demo-1.0-py3-none-any.whl", content);
    let facts = place::facts();
    if let Ok(wheel) = Wheel::open(&place.file) {
        let _ = wheel.lay_out(&Destination {
            facts: &facts,
            staging: &place.target,
            project: "demo",
            limits: Limits::of_bytes(1 << 20),
        });
    }
    place.check();
});
