//! A flipped bit in any file of the store.

use std::fs::{self, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use walkdir::WalkDir;

use super::arena::{ALL, Arena};
use super::{Dice, Scale};
use crate::skipped::say;

/// Times and modes stay as they were, as on a disk that forgets: trees are looked at by content here. The long campaign alone does this for all
/// files; by default it is done for a few.
#[test]
fn a_flipped_bit_reaches_no_environment() {
    let arena = Arena::new();
    let whole = arena.reference("target", ALL);
    let _ = arena.venv("target", ALL).success();
    arena.remove("target");
    let mut dice = Dice::new();
    let seed = dice.seed();
    let files: Vec<PathBuf> = WalkDir::new(arena.sandbox.cache("v1"))
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    let stride = if Scale::asked().is_long() { 1 } else { files.len() / 6 };
    let (mut flips, mut healed) = (0, 0);
    for path in files.iter().step_by(stride) {
        // Whatever the flip before did, all is there again.
        let Ok(content) = fs::read(path) else { continue };
        if content.is_empty() {
            continue;
        }
        let metadata = fs::metadata(path).unwrap();
        let mut flipped = content.clone();
        let at = dice.below(u32::try_from(flipped.len()).unwrap()) as usize;
        flipped[at] ^= 1 << dice.below(8);
        // In place: hard links see it, too.
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
        fs::write(path, &flipped).unwrap();
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_times(FileTimes::new().set_modified(metadata.modified().unwrap()))
            .unwrap();
        fs::set_permissions(path, metadata.permissions()).unwrap();
        let run = arena.venv("target", &format!("--verify full {ALL}"));
        let name = path.strip_prefix(arena.sandbox.root()).unwrap().display();
        assert!(run.status.success(), "{name}, byte {at} (seed {seed})\n{run}");
        assert_eq!(arena.found("target"), whole, "{name}, byte {at} (seed {seed})\n{run}");
        flips += 1;
        healed += usize::from(run.stderr.contains("warning"));
        arena.remove("target");
    }
    say(&format!(
        "faults: {flips} of {} files with a flipped bit (seed {seed}), {healed} told of, 0 wrong environments",
        files.len()
    ));
    assert!(flips > 0);
}
