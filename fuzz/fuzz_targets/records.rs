//! JSON records of the store; the first byte chooses which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::from_slice;
use snapenv::store::{Answer, DistributionRecord, Lease, MergedLayer, PinRecord, RequestRecord};

fuzz_target!(|input: &[u8]| {
    let Some((kind, content)) = input.split_first() else { return };
    let _ = match kind % 6 {
        0 => from_slice::<DistributionRecord>(content).map(|record| drop(record.description.members())),
        1 => from_slice::<RequestRecord>(content).map(drop),
        2 => from_slice::<Answer>(content).map(drop),
        3 => from_slice::<PinRecord>(content).map(drop),
        4 => from_slice::<Lease>(content).map(drop),
        _ => from_slice::<MergedLayer>(content).map(drop),
    };
});
