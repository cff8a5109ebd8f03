use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tar::{Archive, Builder, EntryType, Header};
use tempfile::TempDir;

use super::*;
use crate::fs::Limits;
use crate::key::ContentKey;

mod taken_over;

const DESCRIBED: &[u8] = br#"{"name":"a"}"#;

/// Paths of every way that a tar header names a file: plain, with a prefix, and with a pax extension.
fn paths() -> Vec<String> {
    let long = "long-folder-name/".repeat(9);
    let longer = "longer-folder-name/".repeat(15);
    assert!(long.len() > 100 && longer.len() > 255);
    vec![
        "bin/run".to_owned(),
        format!("{long}a.py"),
        format!("{longer}a.py"),
        format!("lib/{}.py", "n".repeat(200)),
        "lib/\u{e4}\u{2713}.py".to_owned(),
        "empty".to_owned(),
    ]
}

struct Made {
    folder: TempDir,
    members: Vec<Member>,
    packed: Packed,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let members: Vec<Member> = (0i64..)
            .zip(paths())
            .map(|(number, path)| Member {
                executable: path.starts_with("bin/"),
                mtime: 1_000_000_000 + number,
                path,
            })
            .collect();
        for member in &members {
            let path = folder.path().join("staging").join(&member.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content(member)).unwrap();
        }
        let file = File::create_new(folder.path().join("a.tar.gz")).unwrap();
        let packed = pack((&folder.path().join("staging"), None), DESCRIBED, &members, &file).unwrap();
        Self { folder, members, packed }
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("a.tar.gz")
    }
}

fn content(member: &Member) -> Vec<u8> {
    let times = if member.path == "empty" { 0 } else { 300 };
    member.path.repeat(times).into_bytes()
}

fn check_tree(tree: &Path, members: &[Member]) {
    for member in members {
        let path = tree.join(&member.path);
        assert_eq!(fs::read(&path).unwrap(), content(member), "{}", member.path);
        let metadata = fs::metadata(&path).unwrap();
        let mode = if member.executable { 0o555 } else { 0o444 };
        assert_eq!(metadata.permissions().mode() & 0o7777, mode, "{}", member.path);
        assert_eq!(metadata.mtime(), member.mtime, "{}", member.path);
    }
    let description = tree.join(DESCRIPTION);
    assert_eq!(fs::read(&description).unwrap(), DESCRIBED);
    assert_eq!(fs::metadata(&description).unwrap().permissions().mode() & 0o7777, 0o444);
}

#[test]
fn what_is_packed_unpacks_to_the_same_tree() {
    let made = Made::new();
    let tree = made.folder.path().join("tree");
    fs::create_dir(&tree).unwrap();
    assert_eq!(
        unpack(&made.archive(), &tree, Limits::default()).unwrap(),
        made.packed.content
    );
    check_tree(&tree, &made.members);
    check_tree(&made.folder.path().join("staging"), &made.members);
    assert_eq!(made.packed.bytes, fs::metadata(made.archive()).unwrap().len());
}

#[test]
fn equal_content_gives_equal_bytes_in_whatever_order_it_is_named() {
    let made = Made::new();
    let again = made.folder.path().join("b.tar.gz");
    let mut members = made.members.clone();
    members.reverse();
    let file = File::create_new(&again).unwrap();
    let packed = pack((&made.folder.path().join("staging"), None), DESCRIBED, &members, &file).unwrap();
    assert_eq!(packed, made.packed);
    assert_eq!(fs::read(again).unwrap(), fs::read(made.archive()).unwrap());
}

#[test]
fn any_tar_reads_an_archive_and_meets_the_description_first() {
    let made = Made::new();
    let mut archive = Archive::new(GzDecoder::new(File::open(made.archive()).unwrap()));
    let mut names: Vec<String> = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut read = Vec::new();
        entry.read_to_end(&mut read).unwrap();
        if let Some(member) = made.members.iter().find(|member| member.path == name) {
            assert_eq!(read, content(member), "{name}");
        }
        names.push(name);
    }
    let mut sorted = paths();
    sorted.sort();
    sorted.insert(0, DESCRIPTION.to_owned());
    assert_eq!(names, sorted);
}

#[test]
fn a_member_that_is_gone_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let member = Member {
        path: "gone".into(),
        executable: false,
        mtime: 0,
    };
    let file = tempfile::tempfile().unwrap();
    let error = pack((folder.path(), None), DESCRIBED, &[member], &file).unwrap_err();
    assert!(
        matches!(&error, ArchiveError::Io { action: "open", path, .. } if path.ends_with("gone")),
        "{error}"
    );
}

/// An entry as somebody else would write it.
struct Foreign<'a> {
    path: &'a str,
    kind: EntryType,
    link: &'a str,
    content: &'a [u8],
}

const fn file<'a>(path: &'a str, content: &'a [u8]) -> Foreign<'a> {
    Foreign {
        path,
        kind: EntryType::Regular,
        link: "",
        content,
    }
}

const fn other(kind: EntryType, link: &str) -> Foreign<'_> {
    Foreign {
        path: "x",
        kind,
        link,
        content: b"",
    }
}

fn foreign_bytes(entries: &[Foreign]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for entry in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(entry.kind);
        header.set_mode(0o644);
        header.set_mtime(1);
        header.set_size(entry.content.len() as u64);
        // `set_path` refuses what these tests need.
        header.as_mut_bytes()[..entry.path.len()].copy_from_slice(entry.path.as_bytes());
        header.as_ustar_mut().unwrap().linkname[..entry.link.len()].copy_from_slice(entry.link.as_bytes());
        header.set_cksum();
        builder.append(&header, entry.content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn unpacked(tar: &[u8], limits: Limits) -> (Result<ContentKey, ArchiveError>, TempDir) {
    let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
    compressed.write_all(tar).unwrap();
    unpacked_raw(&compressed.finish().unwrap(), limits)
}

fn unpacked_raw(bytes: &[u8], limits: Limits) -> (Result<ContentKey, ArchiveError>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.tar.gz");
    fs::write(&archive, bytes).unwrap();
    let tree = folder.path().join("in/tree");
    fs::create_dir_all(&tree).unwrap();
    (unpack(&archive, &tree, limits), folder)
}

fn reason(entries: &[Foreign], limits: Limits) -> &'static str {
    match unpacked(&foreign_bytes(entries), limits).0 {
        Err(ArchiveError::Refused { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_ordinary_archive_of_somebody_else_is_unpacked() {
    let (result, folder) = unpacked(&foreign_bytes(&[file("a/b", b"1")]), Limits::default());
    result.unwrap();
    assert_eq!(fs::read(folder.path().join("in/tree/a/b")).unwrap(), b"1");
}

#[test]
fn only_regular_files_are_unpacked() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::Directory,
        EntryType::Continuous,
        EntryType::GNUSparse,
        EntryType::new(b'?'),
    ] {
        let result = unpacked(&foreign_bytes(&[other(kind, "/etc/passwd")]), Limits::default()).0;
        // Sparse files of a foreign header kind are damage already to the reader.
        let refused = matches!(
            &result,
            Err(ArchiveError::Refused {
                reason: "only regular files are unpacked",
                ..
            } | ArchiveError::Damaged { .. })
        );
        assert!(refused, "{kind:?}: {result:?}");
    }
}

#[test]
fn paths_that_lead_out_are_refused() {
    for path in ["../x", "a/../../x", "a/..", "/x", "..", "."] {
        let (result, folder) = unpacked(&foreign_bytes(&[file(path, b"1")]), Limits::default());
        let refused = matches!(
            &result,
            Err(ArchiveError::Refused {
                reason: "its path leads out of the tree, or takes a detour",
                ..
            })
        );
        assert!(refused, "{path}: {result:?}");
        assert!(
            !folder.path().join("in/x").exists() && !folder.path().join("x").exists(),
            "{path}"
        );
    }
}

#[test]
fn one_path_is_written_once() {
    let file_and_folder = [file("a", b"1"), file("a/b", b"2")];
    for entries in [
        [file("a", b"1"), file("a", b"2")],
        [file("a/b", b"1"), file("a/./b", b"2")],
        file_and_folder,
    ] {
        let result = unpacked(&foreign_bytes(&entries), Limits::default()).0;
        assert!(matches!(result, Err(ArchiveError::Refused { .. })), "{result:?}");
    }
}

#[test]
fn limits_are_counted_while_streaming() {
    let entries = [file("a", b"123"), file("longer", b"45")];
    let limits = Limits {
        total_bytes: 5,
        entries: 2,
        path_bytes: 6,
        ..Limits::default()
    };
    unpacked(&foreign_bytes(&entries), limits).0.unwrap();
    let too_much = "the archive unpacks to more than its limit";
    assert_eq!(
        reason(
            &entries,
            Limits {
                total_bytes: 4,
                ..limits
            }
        ),
        too_much
    );
    assert_eq!(reason(&entries, Limits { entries: 1, ..limits }), too_much);
    assert_eq!(reason(&entries, Limits { path_bytes: 5, ..limits }), "its path is too long");
}

/// Readers believe a pax extension before the header.
#[test]
fn a_size_in_an_extension_counts_against_the_limit() {
    let mut builder = Builder::new(Vec::new());
    builder.append_pax_extensions([("size", b"1024".as_slice())]).unwrap();
    let mut tar = builder.into_inner().unwrap();
    tar.truncate(1024);
    let entry = foreign_bytes(&[file("a", b"")]);
    tar.extend_from_slice(&entry[..512]);
    tar.extend_from_slice(&[b'x'; 1024]);
    tar.extend_from_slice(&[0; 1024]);
    let (result, folder) = unpacked(&tar, Limits::default());
    result.unwrap();
    assert_eq!(fs::metadata(folder.path().join("in/tree/a")).unwrap().len(), 1024);
    let limits = Limits {
        total_bytes: 1000,
        ..Limits::default()
    };
    let result = unpacked(&tar, limits).0;
    assert!(matches!(result, Err(ArchiveError::Refused { .. })), "{result:?}");
}

#[test]
fn sizes_that_overflow_the_count_are_refused() {
    let mut tar = foreign_bytes(&[file("a", b"1"), file("b", b"2")]);
    let mut header = Header::from_byte_slice(&tar[1024..1536]).clone();
    header.set_size(u64::MAX);
    header.set_cksum();
    tar[1024..1536].copy_from_slice(header.as_bytes());
    let result = unpacked(&tar, Limits::default()).0;
    // The tar reader notices on its own.
    assert!(
        matches!(result, Err(ArchiveError::Refused { .. } | ArchiveError::Damaged { .. })),
        "{result:?}"
    );
}

#[test]
fn a_broken_off_archive_is_damaged_wherever_it_breaks() {
    let made = Made::new();
    let whole = fs::read(made.archive()).unwrap();
    for end in (0..whole.len()).step_by(37).chain([whole.len() - 1, whole.len() - 8]) {
        let result = unpacked_raw(&whole[..end], Limits::default()).0;
        assert!(result.is_err(), "{end} of {}: {result:?}", whole.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// In the tar stream: whatever a flipped bit makes of it, nothing gets out of the tree, and no other content passes for this one.
    #[test]
    fn a_flipped_bit_is_noticed(position in 0usize..4_096, bit in 0u8..8) {
        let entries = [file("a/b.py", b"1"), file("c", &[b'x'; 600])];
        let mut tar = foreign_bytes(&entries);
        let whole = unpacked(&tar, Limits::default()).0.unwrap();
        let position = position % tar.len();
        tar[position] ^= 1 << bit;
        let (result, folder) = unpacked(&tar, Limits::default());
        prop_assert!(result.is_err() || result.is_ok_and(|content| content != whole));
        prop_assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        prop_assert_eq!(fs::read_dir(folder.path().join("in")).unwrap().count(), 1);
    }

    /// In the compressed file: a flip is an error, or it was in a bit that carries no content.
    #[test]
    fn a_flipped_bit_of_the_file_never_changes_the_content(position in 0usize..1_000_000, bit in 0u8..8) {
        let made = Made::new();
        let mut bytes = fs::read(made.archive()).unwrap();
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        if let Ok(content) = unpacked_raw(&bytes, Limits::default()).0 {
            prop_assert_eq!(content, made.packed.content);
        }
    }
}
