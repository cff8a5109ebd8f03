//! Containers that must be read, and containers that must not.

use std::io::{Cursor, Write as _};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipWriter};
use proptest::prelude::*;

use super::*;
use crate::fs::Limits;

const TEXT: &[u8] = b"some text, some text, some text, some text";

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// An archive of a folder, a deflated, an empty and a stored file.
fn archive() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_directory("dir/", options()).unwrap();
    zip.start_file("dir/deflated", options()).unwrap();
    zip.write_all(TEXT).unwrap();
    zip.start_file("empty", options()).unwrap();
    zip.start_file("stored", options().compression_method(CompressionMethod::Stored))
        .unwrap();
    zip.write_all(TEXT).unwrap();
    zip.finish().unwrap().into_inner()
}

fn open(bytes: &[u8]) -> Result<Container, Fault> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Container::open(file, ReadLimits::default())
}

/// Names and contents of all members.
fn contents(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let container = open(bytes)?;
    let read = |member: &Member| Ok((member.name.clone(), container.read(&member.name)?.unwrap_or_default()));
    container.members().iter().map(read).collect()
}

fn refused(bytes: &[u8]) -> Fault {
    contents(bytes).expect_err("must be refused")
}

/// Where `needle` is, the `index`-th time.
fn find(bytes: &[u8], needle: &[u8], index: usize) -> usize {
    let mut found = bytes
        .windows(needle.len())
        .enumerate()
        .filter(|(_, window)| *window == needle);
    found.nth(index).expect("is there").0
}

/// Replaces each occurrence; both have the same length.
fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    while let Some(at) = bytes.windows(old.len()).position(|window| window == old) {
        bytes[at..at + new.len()].copy_from_slice(new);
    }
}

fn set_u16(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

fn set_u32(bytes: &mut [u8], at: usize, value: usize) {
    let value = u32::try_from(value).unwrap();
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Inserts bytes in front of the central directory, whose offset moves along.
fn insert_before_directory(mut bytes: Vec<u8>, inserted: &[u8]) -> Vec<u8> {
    let directory = find(&bytes, b"PK\x01\x02", 0);
    bytes.splice(directory..directory, inserted.iter().copied());
    let end = find(&bytes, b"PK\x05\x06", 0);
    set_u32(&mut bytes, end + 16, directory + inserted.len());
    bytes
}

#[test]
fn members_are_read() {
    let read = contents(&archive()).unwrap();
    let expected: [(&str, &[u8]); 4] = [("dir/", b""), ("dir/deflated", TEXT), ("empty", b""), ("stored", TEXT)];
    assert!(
        read.iter()
            .map(|(name, content)| (name.as_str(), content.as_slice()))
            .eq(expected)
    );
}

#[test]
fn streamed_members_are_read() {
    let mut bytes = Vec::new();
    let mut zip = ZipWriter::new_stream(&mut bytes);
    for name in ["a", "b"] {
        zip.start_file(name, options()).unwrap();
        zip.write_all(TEXT).unwrap();
    }
    zip.finish().unwrap();
    assert_eq!(
        contents(&bytes).unwrap(),
        [("a".to_owned(), TEXT.to_vec()), ("b".to_owned(), TEXT.to_vec())]
    );
    let descriptor = find(&bytes, b"PK\x07\x08", 1);
    bytes[descriptor + 4] ^= 1;
    assert!(matches!(refused(&bytes), Fault::Gap(_)));
}

#[test]
fn large_file_headers_are_read() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a", options().large_file(true)).unwrap();
    zip.write_all(TEXT).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    assert_eq!(contents(&bytes).unwrap(), [("a".to_owned(), TEXT.to_vec())]);
}

#[test]
fn zip64_end_records_are_read_and_checked() {
    let mut bytes = archive();
    let end = find(&bytes, b"PK\x05\x06", 0);
    let (entries, size, offset) = (
        4_u64,
        u64::from(bytes[end + 12]) | u64::from(bytes[end + 13]) << 8,
        find(&bytes, b"PK\x01\x02", 0) as u64,
    );
    let mut long = b"PK\x06\x06".to_vec();
    long.extend(44_u64.to_le_bytes());
    long.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [entries, entries, size, offset] {
        long.extend(value.to_le_bytes());
    }
    long.extend(b"PK\x06\x07\0\0\0\0");
    long.extend((end as u64).to_le_bytes());
    long.extend([1, 0, 0, 0]);
    bytes.splice(end..end, long);
    assert_eq!(contents(&bytes).unwrap().len(), 4);
    // The short record may point to the long one, but not contradict it.
    let short = find(&bytes, b"PK\x05\x06", 0);
    set_u16(&mut bytes, short + 10, u16::MAX);
    assert_eq!(contents(&bytes).unwrap().len(), 4);
    set_u16(&mut bytes, short + 10, 3);
    assert!(matches!(refused(&bytes), Fault::BadEnd));
}

#[test]
fn a_comment_must_end_with_the_file() {
    let mut bytes = archive();
    let end = bytes.len() - 22;
    set_u16(&mut bytes, end + 20, 5);
    bytes.extend(b"hello");
    assert_eq!(contents(&bytes).unwrap().len(), 4);
    bytes.push(b'!');
    assert!(matches!(refused(&bytes), Fault::Gap(_)));
}

#[test]
fn nothing_may_lie_around_the_archive() {
    let plain = archive();
    assert!(matches!(refused(&[b"#!/bin/sh\n", plain.as_slice()].concat()), Fault::Gap(_)));
    assert!(matches!(refused(&[plain.as_slice(), b"\n"].concat()), Fault::Gap(_)));
    assert!(matches!(
        refused(&[plain.as_slice(), plain.as_slice()].concat()),
        Fault::Gap(_)
    ));
    assert!(matches!(refused(&insert_before_directory(plain, b"hidden")), Fault::Gap(_)));
    assert!(matches!(refused(b""), Fault::NoEnd));
    assert!(matches!(refused(b"PK\x05\x06"), Fault::NoEnd));
}

#[test]
fn members_may_not_overlap_or_hide() {
    // Two headers of one place, as zip bombs have them.
    let mut bytes = archive();
    let (second, fourth) = (find(&bytes, b"PK\x01\x02", 1), find(&bytes, b"PK\x01\x02", 3));
    let offset = bytes[second + 42..second + 46].to_vec();
    bytes[fourth + 42..fourth + 46].copy_from_slice(&offset);
    assert!(matches!(refused(&bytes), Fault::Gap(_)));
    // A member that the directory leaves out.
    let mut bytes = archive();
    let (first, next, end) = (
        find(&bytes, b"PK\x01\x02", 0),
        find(&bytes, b"PK\x01\x02", 1),
        bytes.len() - 22,
    );
    let size = end - next;
    set_u16(&mut bytes, end + 8, 3);
    set_u16(&mut bytes, end + 10, 3);
    set_u32(&mut bytes, end + 12, size);
    bytes.drain(first..next);
    assert!(matches!(refused(&bytes), Fault::Gap(0)));
}

#[test]
fn local_and_central_headers_must_agree() {
    for (offset, what) in [
        (6, "flags"),
        (8, "method"),
        (14, "checksum"),
        (18, "packed size"),
        (22, "size"),
        (30, "name"),
    ] {
        let mut bytes = archive();
        let local = find(&bytes, b"PK\x03\x04", 3);
        bytes[local + offset] ^= 8;
        assert!(matches!(refused(&bytes), Fault::Disagree(name) if name == "stored"), "{what}");
    }
}

#[test]
fn names_are_unique_and_plain() {
    let mut bytes = archive();
    replace(&mut bytes, b"stored", b"empty\0");
    assert!(matches!(refused(&bytes), Fault::BadName(_)));
    let mut bytes = archive();
    replace(&mut bytes, b"stored", b"em\xffpty");
    assert!(matches!(refused(&bytes), Fault::NotUtf8(_)));
    let mut bytes = archive();
    replace(&mut bytes, b"stored", "\u{202e}abc".as_bytes());
    assert!(matches!(refused(&bytes), Fault::NotUtf8(_)));
    for local in [b"PK\x03\x04", b"PK\x01\x02"] {
        let at = find(&bytes, local, 3) + if local[2] == 3 { 6 } else { 8 };
        set_u16(&mut bytes, at, 1 << 11);
    }
    assert!(matches!(refused(&bytes), Fault::BadName(_)));

    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["name_a", "name_b", "Name_a"] {
        zip.start_file(name, options()).unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    // Names that differ by case are two files, as for pip; a file system that disagrees refuses the second.
    assert_eq!(contents(&bytes).unwrap().len(), 3);
    replace(&mut bytes, b"name_b", b"name_a");
    assert!(matches!(refused(&bytes), Fault::Duplicate(_)));
}

#[test]
fn names_fit_file_systems() {
    for (name, fits) in [
        ("x".repeat(255), true),
        ("x".repeat(256), false),
        ("x/".repeat(1025) + "x", false),
    ] {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, options()).unwrap();
        assert_eq!(contents(&zip.finish().unwrap().into_inner()).is_ok(), fits);
    }
}

#[test]
fn damaged_contents_are_told() {
    let mut bytes = archive();
    let at = find(&bytes, TEXT, 0);
    bytes[at] ^= 1;
    assert!(matches!(refused(&bytes), Fault::Checksum(name) if name == "stored"));
    // A size that lies in both headers, and so does not contradict itself.
    for (size, what) in [(TEXT.len() - 1, "too long"), (TEXT.len() + 1, "too short")] {
        let mut bytes = archive();
        let (local, central) = (find(&bytes, b"PK\x03\x04", 1), find(&bytes, b"PK\x01\x02", 1));
        set_u32(&mut bytes, local + 22, size);
        set_u32(&mut bytes, central + 24, size);
        assert!(matches!(refused(&bytes), Fault::Damaged(_)), "{what}");
    }
}

#[test]
fn folders_are_empty_and_contents_are_deflated() {
    let mut bytes = archive();
    replace(&mut bytes, b"stored", b"store/");
    assert!(matches!(refused(&bytes), Fault::FullFolder(_)));
    for (flags, method) in [(1, 0), (1 << 6, 0), (1 << 5, 0), (0, 12), (0, 14), (0, 99)] {
        let mut bytes = archive();
        let (local, central) = (find(&bytes, b"PK\x03\x04", 3), find(&bytes, b"PK\x01\x02", 3));
        for at in [local + 6, central + 8] {
            set_u16(&mut bytes, at, flags);
            set_u16(&mut bytes, at + 2, method);
        }
        assert!(matches!(refused(&bytes), Fault::Unsupported { .. }), "{flags} {method}");
    }
}

#[test]
fn bombs_are_refused() {
    let bytes = archive();
    let open = |limits: ReadLimits| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        Container::open(file, limits)
    };
    let usual = ReadLimits::default();
    assert!(open(ReadLimits { members: 3, ..usual }).is_err());
    assert!(open(ReadLimits { directory: 100, ..usual }).is_err());
    let read = |metadata| open(ReadLimits { metadata, ..usual }).unwrap().read("dir/deflated");
    assert!(matches!(read(41), Err(Fault::TooMuch { .. })));
    assert!(matches!(read(42), Ok(Some(_))));
    let container = open(usual).unwrap();
    let sized = |ratio, total_bytes| {
        container.check_size(&Limits {
            total_bytes,
            ratio,
            ratio_from: 0,
            ..Limits::default()
        })
    };
    assert!(sized(1, 84).is_ok());
    assert!(matches!(sized(1, 83), Err(Fault::TooMuch { .. })));
    assert!(matches!(sized(0, 84), Err(Fault::TooMuch { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Whatever is flipped, cut or repeated: no panic, and what is still read has the checksum that belongs to it.
    #[test]
    fn mutants_are_refused_or_unchanged(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = archive();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(read) = contents(&bytes) {
            let texts: Vec<_> = contents(&archive()).unwrap().into_iter().map(|(_, content)| content).collect();
            let mut seen: Vec<_> = read.into_iter().map(|(_, content)| content).collect();
            seen.sort();
            let mut texts = texts;
            texts.sort();
            prop_assert_eq!(seen, texts);
        }
    }

    #[test]
    fn cut_archives_are_refused(cut in any::<prop::sample::Index>()) {
        let bytes = archive();
        prop_assert!(contents(&bytes[..cut.index(bytes.len())]).is_err());
    }
}
