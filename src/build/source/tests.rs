//! Hostile and odd sdists.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use super::{SourceError, unpack};
use crate::fs::Limits;

/// Members: path, kind, content or target.
type Members<'a> = &'a [(&'a str, EntryType, &'a str)];

fn tarred(members: Members) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, kind, text) in members {
        let mut header = Header::new_gnu();
        // Its setters refuse what hostile archives hold.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(if path.ends_with(".sh") { 0o4755 } else { 0o600 });
        header.set_mtime(1_577_836_800);
        let content = if kind.is_file() { text.as_bytes() } else { b"" };
        if !kind.is_file() {
            header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, content).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

struct Unpacked {
    folder: tempfile::TempDir,
    outcome: Result<PathBuf, SourceError>,
}

impl Unpacked {
    fn of(name: &str, bytes: &[u8], limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join(name);
        fs::write(&archive, bytes).unwrap();
        fs::create_dir(folder.path().join("into")).unwrap();
        let outcome = unpack(&archive, &folder.path().join("into"), Path::new("python3"), limits);
        Self { folder, outcome }
    }

    fn tar(members: Members) -> Self {
        Self::of("x.tar.gz", &gzipped(&tarred(members)), Limits::default())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("into").join(path)
    }
}

const FILE: EntryType = EntryType::Regular;
const FOLDER: EntryType = EntryType::Directory;
const LINK: EntryType = EntryType::Symlink;
const HARD: EntryType = EntryType::Link;

#[test]
fn a_tree_is_unpacked_with_its_links_modes_and_times() {
    let unpacked = Unpacked::tar(&[
        ("./x-1/", FOLDER, ""),
        ("x-1/setup.py", FILE, "print()"),
        ("x-1/run.sh", FILE, "#!/bin/sh"),
        ("x-1/deep/er/link", LINK, "../../setup.py"),
        ("x-1/deep/er/round", LINK, "./nowhere/../../../setup.py"),
        ("x-1/hard", HARD, "x-1/setup.py"),
        ("x-1/deep/folder", LINK, "er"),
        ("x-1/deep/folder/through", FILE, "within"),
    ]);
    let root = unpacked.outcome.as_ref().unwrap();
    assert!(root.ends_with("x-1"));
    for name in ["setup.py", "deep/er/link", "deep/er/round", "hard"] {
        assert_eq!(fs::read(root.join(name)).unwrap(), b"print()", "{name}");
    }
    assert_eq!(fs::read(root.join("deep/er/through")).unwrap(), b"within");
    let metadata = |name: &str| fs::metadata(root.join(name)).unwrap();
    assert_eq!(metadata("run.sh").permissions().mode() & 0o4111, 0o111);
    assert_eq!(metadata("setup.py").permissions().mode() & 0o444, 0o444);
    let seconds = metadata("setup.py").modified().unwrap().duration_since(std::time::UNIX_EPOCH);
    assert_eq!(seconds.unwrap().as_secs(), 1_577_836_800);
}

#[test]
fn whoever_leads_out_is_refused_by_name() {
    for (member, kind, text) in [
        ("x-1/../../evil", FILE, ""),
        ("../evil", FILE, ""),
        ("/tmp/evil", FILE, ""),
        ("x-1/link", LINK, "/etc/passwd"),
        ("x-1/link", LINK, "../other"),
        ("x-1/link", LINK, "../../evil"),
        ("x-1/a/link", LINK, "b/../../../evil"),
        ("link", LINK, "elsewhere"),
        ("x-1/hard", HARD, "/etc/passwd"),
        ("x-1/hard", HARD, "../evil"),
        ("x-1/hard", HARD, "x-1/nothing"),
        ("x-1/hard", HARD, "x-2/setup.py"),
        ("x-1/device", EntryType::Char, ""),
        ("x-1/device", EntryType::Block, ""),
        ("x-1/pipe", EntryType::Fifo, ""),
        ("x-1/odd", EntryType::new(b'?'), ""),
    ] {
        let unpacked = Unpacked::tar(&[("x-2/setup.py", FILE, ""), ("x-1/setup.py", FILE, ""), (member, kind, text)]);
        let error = unpacked.outcome.unwrap_err();
        let named = matches!(&error, SourceError::Refused { member: name, .. } if name == member);
        assert!(named, "{member} -> {text}: {error}");
        assert!(!unpacked.folder.path().join("evil").exists());
    }
}

#[test]
fn a_link_that_is_swapped_later_does_not_lead_out() {
    // Each is harmless alone; what a name leads to when it is used is what counts.
    let unpacked = Unpacked::tar(&[
        ("x-1/a/b/c/", FOLDER, ""),
        ("x-1/deep", LINK, "a/b/c"),
        ("x-1/deep/up", LINK, "../../../.."),
        ("x-1/deep/up/evil", FILE, ""),
    ]);
    assert!(matches!(unpacked.outcome, Err(SourceError::Refused { .. })));
    assert!(!unpacked.path("evil").exists());
    let unpacked = Unpacked::tar(&[
        ("x-1/setup.py", FILE, "old"),
        ("x-1/link", LINK, "setup.py"),
        ("x-1/link", FILE, "new"),
    ]);
    let root = unpacked.outcome.as_ref().unwrap();
    assert_eq!(fs::read(root.join("setup.py")).unwrap(), b"old");
    assert_eq!(fs::read(root.join("link")).unwrap(), b"new");
}

#[test]
fn damage_and_size_are_told() {
    let whole = gzipped(&tarred(&[("x-1/setup.py", FILE, &"0123456789".repeat(10_000))]));
    let broken = Unpacked::of("x.tar.gz", &whole[..whole.len() / 2], Limits::default());
    assert!(
        matches!(broken.outcome, Err(SourceError::Damaged { .. })),
        "{:?}",
        broken.outcome
    );
    let mut wrong = whole.clone();
    let end = wrong.len() - 5;
    wrong[end] ^= 1;
    let broken = Unpacked::of("x.tar.gz", &wrong, Limits::default());
    assert!(
        matches!(broken.outcome, Err(SourceError::Damaged { .. })),
        "{:?}",
        broken.outcome
    );
    let limits = Limits {
        total_bytes: 1_000,
        ..Limits::default()
    };
    assert!(matches!(
        Unpacked::of("x.tar.gz", &whole, limits).outcome,
        Err(SourceError::Refused { .. })
    ));
    assert!(matches!(
        Unpacked::of("x.tar.gz", b"", Limits::default()).outcome,
        Err(SourceError::Damaged { .. })
    ));
    assert!(matches!(
        Unpacked::of("x.what", b"text", Limits::default()).outcome,
        Err(SourceError::Format(_))
    ));
    let nothing = Unpacked::of("x.zip", b"PK\x03\x04no", Limits::default()).outcome;
    assert!(matches!(nothing, Err(SourceError::Damaged { .. })), "{nothing:?}");
}

#[test]
fn all_formats_that_pip_knows_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let script = "import tarfile, zipfile, io, sys\n\
        def tar(name, mode):\n    with tarfile.open(name, mode) as t:\n        i = tarfile.TarInfo('x-1/setup.py'); i.size = 3; t.addfile(i, io.BytesIO(b'abc'))\n\
        tar('x.tar', 'w'); tar('x.tar.bz2', 'w:bz2'); tar('x.tar.xz', 'w:xz'); tar('unnamed', 'w:gz')\n\
        with zipfile.ZipFile('x.zip', 'w') as z:\n    z.writestr('x-1/setup.py', 'abc'); z.writestr('x-1/empty/', '')\n";
    let status = std::process::Command::new("python3")
        .args(["-c", script])
        .current_dir(folder.path())
        .status();
    assert!(status.unwrap().success());
    for name in ["x.tar", "x.tar.bz2", "x.tar.xz", "x.zip", "unnamed"] {
        let unpacked = Unpacked::of(name, &fs::read(folder.path().join(name)).unwrap(), Limits::default());
        let root = unpacked.outcome.as_ref().unwrap();
        assert_eq!(fs::read(root.join("setup.py")).unwrap(), b"abc", "{name}");
    }
}

#[test]
fn without_one_top_folder_the_tree_is_all_of_it() {
    let flat = Unpacked::tar(&[("setup.py", FILE, ""), ("x/__init__.py", FILE, "")]);
    assert!(flat.outcome.as_ref().unwrap().ends_with("into"));
    let two = Unpacked::tar(&[("x-1/setup.py", FILE, ""), ("y-1/setup.py", FILE, "")]);
    assert!(two.outcome.unwrap_err().to_string().contains("refused member 'y-1'"));
    let single = Unpacked::tar(&[("setup.py", FILE, "")]);
    assert!(single.outcome.as_ref().unwrap().ends_with("into"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(150))]

    /// Whatever is changed in tar, gzip or zip: no panic, and nothing outside of the tree.
    #[test]
    fn mutants_stay_in_their_tree(
        changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..4),
        form in 0..3_usize,
    ) {
        let tar = tarred(&[("x-1/", FOLDER, ""), ("x-1/setup.py", FILE, "print()"), ("x-1/link", LINK, "setup.py"), ("x-1/hard", HARD, "x-1/setup.py")]);
        let zip = include_bytes!("../../../fixtures/hostile/sdists/zip_good-1.0.zip");
        let (name, mut bytes) = match form {
            0 => ("x.tar", tar),
            1 => ("x.tar.gz", gzipped(&tar)),
            _ => ("x.zip", zip.to_vec()),
        };
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let unpacked = Unpacked::of(name, &bytes, Limits::of_bytes(1 << 20));
        let mut beside: Vec<_> = fs::read_dir(unpacked.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        beside.sort();
        proptest::prop_assert_eq!(beside, ["into", name]);
    }
}
