//! Kin of a distribution: others of the same project, made for the same interpreter in the same manner.

use std::cmp::Reverse;
use std::fs;
use std::path::PathBuf;

use super::distribution::DistributionRecord;
use super::layout::Layout;
use super::open::Store;
use crate::key::{DistributionPreimage, key_of};

/// As many of the newest are looked at.
const NEWEST: usize = 3;

impl Store {
    /// The newest kin of a distribution, with their archives: their bytecode is that of every source that they share.
    pub fn kin(&self, preimage: &DistributionPreimage) -> Vec<(DistributionRecord, PathBuf)> {
        let mut records: Vec<(_, &Layout, PathBuf)> = self
            .layouts()
            .flat_map(|layout| layout.records_of(preimage).into_iter().map(move |path| (layout, path)))
            .filter_map(|(layout, path)| Some((fs::metadata(&path).ok()?.modified().ok()?, layout, path)))
            .collect();
        records.sort_by_key(|(modified, ..)| Reverse(*modified));
        let read = records.into_iter().take(NEWEST).filter_map(|(_, layout, path)| {
            let record: DistributionRecord = self.record(&path)?;
            let archive = layout.archive(record.key, &record.preimage);
            let known = record.key == key_of(&record.preimage) && is_kin(&record.preimage, preimage);
            (known && !self.is_shunned(&archive)).then_some((record, archive))
        });
        read.collect()
    }
}

/// Whether equal sources at equal places come to equal bytecode.
fn is_kin(one: &DistributionPreimage, other: &DistributionPreimage) -> bool {
    let interpreter = |preimage: &DistributionPreimage| {
        let DistributionPreimage {
            name,
            implementation,
            cache_tag,
            magic,
            ..
        } = preimage.clone();
        (name, implementation, cache_tag, magic)
    };
    interpreter(one) == interpreter(other) && one.scheme == other.scheme && one.bytecode == other.bytecode
}
