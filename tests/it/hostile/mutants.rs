//! Whatever of a wheel's zip structure is changed: what we still accept, `CPython` must read alike.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use snapenv::wheel::Wheel;

use super::manifest::{folder, root};
use super::place::Place;
use crate::interpreters;
use crate::skipped::say;

/// Wheels that mutants are made of: plain, with data descriptors, with 64-bit end records, with a comment.
const PARENTS: [&str; 4] = ["setuid", "streamed", "zip64_end", "comment"];

/// Numbers that readers treat in a way of their own.
const NUMBERS: [u32; 10] = [0, 1, 8, 20, 46, 0x800, 0xffff, 0xffff_ffff, 0x0605_4b50, 0x0403_4b50];

/// Where the laid-out files of a plain wheel go.
const LIBRARY: &str = "lib/python3.11/site-packages/";

/// A small generator: the same mutants in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides.max(1) as u64).unwrap()
    }

    fn mutant(&mut self, parent: &[u8]) -> Vec<u8> {
        let mut bytes = parent.to_vec();
        for _ in 0..=self.roll(3) {
            self.mutate(&mut bytes);
        }
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let number = NUMBERS[self.roll(NUMBERS.len())].to_le_bytes();
        let at = self.near_header(bytes);
        let length = 1 + self.roll(60);
        let end = (at + length).min(bytes.len());
        match self.roll(7) {
            0 => bytes[at] = u8::try_from(self.roll(256)).unwrap(),
            1 => bytes[at] ^= 1 << self.roll(8),
            2 => put(bytes, at, &number[..2]),
            3 => put(bytes, at, &number),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let copy = bytes[at..end].to_vec();
                let to = self.near_header(bytes);
                bytes.splice(to..to, copy);
            }
            _ => {
                let copy = bytes[at..end].to_vec();
                let to = self.near_header(bytes);
                put(bytes, to, &copy);
            }
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }

    /// Mostly a place in a header: contents have checksums.
    fn near_header(&mut self, bytes: &[u8]) -> usize {
        let starts: Vec<usize> = bytes
            .windows(2)
            .enumerate()
            .filter_map(|(at, window)| (window == b"PK").then_some(at))
            .collect();
        match starts.get(self.roll(starts.len() + 1)) {
            Some(start) => (start + self.roll(60)).min(bytes.len() - 1),
            None => self.roll(bytes.len()),
        }
    }
}

fn put(bytes: &mut [u8], at: usize, new: &[u8]) {
    for (to, from) in bytes[at..].iter_mut().zip(new) {
        *to = *from;
    }
}

/// Paths and digests as we see them.
fn seen(file: &Path) -> Option<BTreeMap<String, String>> {
    Wheel::open(file).ok()?;
    let laid = Place::of(file).laid().ok()?;
    let files = laid.files.into_iter();
    Some(files.map(|file| (file.path, file.sha256.to_string())).collect())
}

#[test]
fn what_is_accepted_reads_the_same_in_cpython() {
    let count: u64 = env::var("SNAPENV_MUTANTS").map_or(2_000, |count| count.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let mut accepted = Vec::new();
    for (number, parent) in (0..count).zip(PARENTS.iter().cycle()) {
        let name = format!("{parent}-1.0-py3-none-any.whl");
        let bytes = Dice(number).mutant(&fs::read(folder().join("wheels").join(&name)).unwrap());
        let file = place.path().join(&name);
        fs::write(&file, &bytes).unwrap();
        if let Some(seen) = seen(&file) {
            let kept = place.path().join(format!("kept/{number:08}"));
            fs::create_dir_all(kept.parent().unwrap()).unwrap();
            fs::rename(&file, kept).unwrap();
            accepted.push((number, seen));
        }
    }
    let python = Command::new(&interpreters::usual().executable)
        .arg("-I")
        .arg(root().join("tests/hostile/read_zips.py"))
        .arg(place.path().join("kept"))
        .output()
        .unwrap();
    let said = String::from_utf8(python.stdout).unwrap();
    assert_eq!(
        said.lines().count(),
        accepted.len(),
        "{}",
        String::from_utf8_lossy(&python.stderr)
    );
    let mut different = Vec::new();
    for ((number, ours), line) in accepted.iter().zip(said.lines()) {
        let Ok(theirs) = serde_json::from_str::<BTreeMap<String, String>>(line) else {
            different.push(format!("mutant {number}: CPython says {line}"));
            continue;
        };
        let theirs: BTreeMap<String, String> = theirs.into_iter().filter_map(placed).collect();
        if *ours != theirs {
            different.push(format!("mutant {number}: {ours:?} is {theirs:?} to CPython"));
        }
    }
    say(&format!(
        "hostile: {count} mutants, {} accepted, {} different",
        accepted.len(),
        different.len()
    ));
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(
        accepted.len() as u64 > count / 50,
        "only {} of {count} mutants are accepted: nothing was compared",
        accepted.len()
    );
}

/// Where a member goes; RECORD and INSTALLER are made anew.
fn placed((name, digest): (String, String)) -> Option<(String, String)> {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let anew = matches!(parts.as_slice(), [folder, "RECORD" | "INSTALLER"] if folder.ends_with(".dist-info"));
    (!anew).then(|| (format!("{LIBRARY}{}", parts.join("/")), digest))
}
