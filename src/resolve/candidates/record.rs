//! What is kept of a listing, to tell another day whether it still offers the same.

use std::collections::BTreeMap;
use std::fmt;

use blake3::Hasher;
use data_encoding::BASE64URL_NOPAD;

use super::{Candidate, Offered};
use crate::index::simple::{Link, MetadataFile};
use crate::requirements::without_userinfo;
use crate::store::ListingRecord;

/// One thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// A version is new.
    Appeared(String),
    /// A version is gone.
    Vanished(String),
    /// All files of a version were yanked.
    Yanked(String),
    /// Not all files of a version are yanked any more.
    Restored(String),
    /// Files of a version came, went, or are described differently.
    Changed(String),
    /// Something that has no version's name, such as the order of equal files.
    Unnamed,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Appeared(version) => write!(formatter, "{version} appeared"),
            Self::Vanished(version) => write!(formatter, "{version} vanished"),
            Self::Yanked(version) => write!(formatter, "{version} was yanked"),
            Self::Restored(version) => write!(formatter, "{version} is not yanked any more"),
            Self::Changed(version) => write!(formatter, "the files of {version} changed"),
            Self::Unnamed => formatter.write_str("its files changed"),
        }
    }
}

/// What became of a listing; nothing if it still offers the same.
pub fn compare(before: &ListingRecord, after: &ListingRecord) -> Vec<Difference> {
    if before.digest == after.digest {
        return Vec::new();
    }
    let (old, new) = (files_of(before), files_of(after));
    let gone = old.keys().filter(|version| !new.contains_key(*version));
    let mut differences: Vec<_> = gone.cloned().map(Difference::Vanished).collect();
    for (version, files) in new {
        let difference = match old.get(&version) {
            None => Difference::Appeared(version),
            Some(known) if *known == files => continue,
            Some(known) => match (known.yanked, files.yanked) {
                (false, true) => Difference::Yanked(version),
                (true, false) => Difference::Restored(version),
                _ => Difference::Changed(version),
            },
        };
        differences.push(difference);
    }
    if differences.is_empty() {
        differences.push(Difference::Unnamed);
    }
    differences
}

/// The files of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Files {
    yanked: bool,
    /// A few bits.
    digest: u32,
}

/// Bits of a version's digest that are kept.
const BITS: u32 = 17;
/// Letters that two versions can have in common.
const MOST_COMMON: usize = 63;

impl Offered {
    /// What the place with this number ([`Candidate::place`]) offers, to be kept.
    pub fn record(&self, place: usize) -> ListingRecord {
        let mut all = Hasher::new();
        let mut versions: BTreeMap<String, (bool, Hasher)> = BTreeMap::new();
        for candidate in self.candidates().filter(|candidate| candidate.place == place) {
            let description = describe(candidate);
            all.update(&description);
            let (yanked, files) = versions
                .entry(candidate.version.to_string())
                .or_insert_with(|| (true, Hasher::new()));
            *yanked &= candidate.link.yanked.is_some();
            files.update(&description);
        }
        let versions = versions.into_iter().map(|(version, (yanked, files))| {
            let [first, second, third, ..] = *files.finalize().as_bytes();
            let digest = u32::from_be_bytes([0, first, second, third]) >> (24 - BITS);
            (version, Files { yanked, digest })
        });
        ListingRecord {
            digest: BASE64URL_NOPAD.encode(all.finalize().as_bytes()),
            versions: encode(versions),
        }
    }
}

/// The versions of a record with what is known of their files; damage ends the list.
fn files_of(record: &ListingRecord) -> BTreeMap<String, Files> {
    let mut files = BTreeMap::new();
    let (mut rest, mut before) = (record.versions.as_str(), String::new());
    while let Some((version, known, behind)) = decode_first(rest, &before) {
        files.insert(version.clone(), known);
        (rest, before) = (behind, version);
    }
    files
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn digit(value: usize) -> char {
    char::from(DIGITS[value % DIGITS.len()])
}

fn value(digit: u8) -> Option<usize> {
    DIGITS.iter().position(|known| *known == digit)
}

fn encode(versions: impl Iterator<Item = (String, Files)>) -> String {
    let (mut text, mut before) = (String::new(), String::new());
    for (version, files) in versions {
        // Versions are ASCII.
        let common = before
            .bytes()
            .zip(version.bytes())
            .take_while(|(a, b)| a == b)
            .count()
            .min(MOST_COMMON);
        let bits = u32::from(files.yanked) << BITS | files.digest;
        text.push(digit(common));
        text.push_str(&version[common..]);
        text.push(':');
        text.extend([12, 6, 0].map(|shift| digit((bits >> shift) as usize & 63)));
        before = version;
    }
    text
}

fn decode_first<'a>(text: &'a str, before: &str) -> Option<(String, Files, &'a str)> {
    let (head, tail) = text.split_once(':')?;
    let common = before.get(..value(*head.as_bytes().first()?)?)?;
    let (digits, rest) = tail.split_at_checked(3)?;
    let mut bits = 0;
    for digit in digits.bytes() {
        bits = bits << 6 | u32::try_from(value(digit)?).ok()?;
    }
    let files = Files {
        yanked: bits >> BITS == 1,
        digest: bits & ((1 << BITS) - 1),
    };
    Some((format!("{common}{}", &head[1..]), files, rest))
}

/// Everything about a candidate that an answer depends on, framed.
fn describe(candidate: &Candidate) -> Vec<u8> {
    let link = &*candidate.link;
    let mut framed = Vec::with_capacity(512);
    let mut add = |text: &str| {
        framed.extend_from_slice(&(text.len() as u64).to_le_bytes());
        framed.extend_from_slice(text.as_bytes());
    };
    let pairs = |digests: &mut dyn Iterator<Item = (&str, &str)>, add: &mut dyn FnMut(&str)| {
        for (algorithm, digest) in digests {
            add(algorithm);
            add(digest);
        }
        add("");
    };
    add(&link.filename);
    add(&public_address(link));
    pairs(&mut link.digests.iter(), &mut add);
    add(if link.yanked.is_some() { "yanked" } else { "" });
    add(link.requires_python.as_deref().unwrap_or_default());
    match &link.metadata {
        MetadataFile::Absent => add(""),
        MetadataFile::Unhashed => add("metadata"),
        MetadataFile::Hashed(digests) => pairs(&mut digests.iter(), &mut add),
    }
    framed
}

/// The URL without userinfo, and where a digest tells the content, without query: that is where indexes sign their links anew each time.
fn public_address(link: &Link) -> String {
    let address = link.address_without_fragment();
    let address = match address.split_once('?') {
        Some((address, _)) if !link.digests.is_empty() => address,
        _ => address,
    };
    without_userinfo(address)
}

#[cfg(test)]
mod tests;
