//! Bytecode of sources that another version of the same project has, too.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::archive::visit;
use crate::key::{DistributionPreimage, Sha256};
use crate::store::{Bytecode, DistributionRecord, Store};
use crate::wheel::Laid;

/// To compile a source takes as long as to unpack as many times its length.
const UNPACKED: u64 = 100;

/// Where the flags of a bytecode file stand (PEP 552): none are set if it is checked by its source's time.
const FLAGS: std::ops::Range<usize> = 4..8;

/// Where the time of its source stands then.
const TIME: std::ops::Range<usize> = 8..12;

/// Writes those of the `planned` files below `tree` that a distribution of the store has of the very same sources, and returns the
/// paths of their sources. It is taken from an archive whose content is found to be what it was; where that is not so, nothing counts.
///
/// Bytecode depends on nothing but the source, its place and the manner of compiling; only its header tells the source's time.
pub(super) fn inherit(
    store: &Store,
    preimage: &DistributionPreimage,
    (laid, tree): (&Laid, &Path),
    planned: &[Bytecode],
) -> HashSet<String> {
    let digests = digests(laid);
    let shares = store.kin(preimage).into_iter().map(|(record, archive)| Share {
        files: shared(&record, &digests, planned),
        unpacked: record.description.laid.files.iter().map(|file| file.size).sum(),
        record,
        archive,
    });
    let best = shares.max_by_key(|share| share.compiled(&digests));
    best.filter(|share| share.compiled(&digests).saturating_mul(UNPACKED) > share.unpacked)
        .and_then(|share| share.write(tree))
        .unwrap_or_default()
}

/// What one distribution shares.
struct Share<'a> {
    record: DistributionRecord,
    archive: PathBuf,
    /// By path.
    files: HashMap<&'a str, &'a Bytecode>,
    /// Bytes of all its files.
    unpacked: u64,
}

/// Digest and length of each source, by its path.
type Digests<'a> = HashMap<&'a str, (Sha256, u64)>;

fn digests(laid: &Laid) -> Digests<'_> {
    let files = laid.files.iter().filter(|file| file.path.ends_with(".py"));
    files.map(|file| (file.path.as_str(), (file.sha256, file.size))).collect()
}

fn shared<'a>(record: &DistributionRecord, ours: &Digests, planned: &'a [Bytecode]) -> HashMap<&'a str, &'a Bytecode> {
    let theirs = digests(&record.description.laid);
    let compiled = record.description.bytecode.iter();
    let compiled: HashMap<&str, &str> = compiled.map(|file| (file.path.as_str(), file.source.as_str())).collect();
    let same = |file: &&Bytecode| {
        let source = file.source.as_str();
        compiled.get(file.path.as_str()) == Some(&source) && theirs.get(source).is_some_and(|one| ours.get(source) == Some(one))
    };
    planned.iter().filter(same).map(|file| (file.path.as_str(), file)).collect()
}

impl Share<'_> {
    /// Bytes of the sources that need not be compiled.
    fn compiled(&self, digests: &Digests) -> u64 {
        let sources = self.files.values().filter_map(|file| digests.get(file.source.as_str()));
        sources.map(|(_, size)| size).sum()
    }

    fn write(&self, tree: &Path) -> Option<HashSet<String>> {
        let mut written = HashSet::with_capacity(self.files.len());
        let mut content = Vec::new();
        let visited = visit(&self.archive, &mut |path, member: &mut dyn Read| {
            let Some(file) = path.to_str().and_then(|path| self.files.get(path)) else {
                return Ok(());
            };
            content.clear();
            member.read_to_end(&mut content)?;
            let timed = content.get(FLAGS) == Some(&[0; 4]);
            if let Some(time) = content.get_mut(TIME).filter(|_| timed) {
                // As Python writes it: the lower 32 bits.
                time.copy_from_slice(&file.mtime.to_le_bytes()[..4]);
            }
            fs::write(tree.join(&file.path), &content)?;
            written.insert(file.source.clone());
            Ok(())
        });
        (visited.ok()? == self.record.content).then_some(written)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::store::testing::{Draft, LIBRARY, MTIME, Shelf, preimage};

    const SAME: &str = "lib/python3.11/site-packages/a/__pycache__/same.cpython-311.pyc";

    fn bytecode(payload: &str) -> Vec<u8> {
        let mut content = b"magc\0\0\0\0timesize".to_vec();
        content.extend_from_slice(payload.as_bytes());
        content
    }

    /// A distribution with a source that stays and one that changes.
    fn draft(version: &str) -> Draft {
        let module = |draft: Draft, name: &str, source: String| {
            let compiled = format!("{LIBRARY}/a/__pycache__/{name}.cpython-311.pyc");
            let path = format!("{LIBRARY}/a/{name}.py");
            let mut draft = draft.file(&path, source.as_bytes());
            draft.bytecode.push((compiled, bytecode(&source), path));
            draft
        };
        let same = module(Draft::default(), "same", "x = 1\n".repeat(100));
        module(same, "other", format!("version = {version:?}\n"))
    }

    fn newer() -> DistributionPreimage {
        DistributionPreimage {
            version: "1.1".into(),
            ..preimage("a")
        }
    }

    /// What is inherited from the store by a newer version of which all times are later.
    fn inherited(shelf: &Shelf, preimage: &DistributionPreimage) -> (HashSet<String>, Option<Vec<u8>>) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(SAME).parent().unwrap()).unwrap();
        let mut description = draft("1.1").describe("a", &folder.path().join("described"));
        description
            .bytecode
            .iter_mut()
            .for_each(|file| file.mtime = MTIME + 0x0102_0304);
        let sources = inherit(
            &shelf.store,
            preimage,
            (&description.laid, folder.path()),
            &description.bytecode,
        );
        (sources, fs::read(folder.path().join(SAME)).ok())
    }

    #[test]
    fn bytecode_of_sources_that_stayed_is_taken_over_with_their_new_time() {
        let shelf = Shelf::new();
        shelf.put("a", &draft("1.0"));
        let (sources, content) = inherited(&shelf, &newer());
        assert_eq!(sources, HashSet::from([format!("{LIBRARY}/a/same.py")]));
        let mut expected = bytecode(&"x = 1\n".repeat(100));
        let time = u32::try_from(MTIME + 0x0102_0304).unwrap();
        expected[TIME].copy_from_slice(&time.to_le_bytes());
        assert_eq!(content.unwrap(), expected);
    }

    #[test]
    fn bytecode_for_others_is_not_taken_over() {
        let shelf = Shelf::new();
        shelf.put("a", &draft("1.0"));
        let other_magic = DistributionPreimage {
            magic: "other".into(),
            ..newer()
        };
        assert_eq!(inherited(&shelf, &other_magic), (HashSet::new(), None));
        let other_name = DistributionPreimage {
            name: "b".into(),
            ..newer()
        };
        assert_eq!(inherited(&shelf, &other_name), (HashSet::new(), None));
    }

    #[test]
    fn nothing_is_taken_over_from_a_damaged_archive() {
        let shelf = Shelf::new();
        let record = shelf.put("a", &draft("1.0"));
        let archive = shelf.store.home().archive(record.key, &record.preimage);
        let file = File::options().write(true).open(archive).unwrap();
        file.set_len(record.archive_bytes - 9).unwrap();
        assert_eq!(inherited(&shelf, &newer()).0, HashSet::new());
    }
}
