//! What a wheel has deflated goes into the archive as it is.

use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Command;

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipWriter};

use super::super::{ArchiveError, Member, pack, unpack};
use super::DESCRIBED;
use crate::fs::Limits;
use crate::wheel::{Destination, Wheel, testing};

const INFO: &str = "a-1.0.dist-info";

fn wheel(long: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, content: &str, method| {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    };
    add("a/long.py", long, CompressionMethod::Deflated);
    add("a/short.py", "x = 1\n", CompressionMethod::Deflated);
    add("a/empty.py", "", CompressionMethod::Deflated);
    add("a/stored.py", long, CompressionMethod::Stored);
    add(
        &format!("{INFO}/METADATA"),
        "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n",
        CompressionMethod::Stored,
    );
    add(&format!("{INFO}/WHEEL"), "Wheel-Version: 1.0\n", CompressionMethod::Stored);
    add(&format!("{INFO}/RECORD"), "", CompressionMethod::Stored);
    writer.finish().unwrap().into_inner()
}

#[test]
fn what_a_wheel_has_deflated_is_taken_over_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    // Odd in length, so that the stream has to be filled up; not what we would deflate it to.
    let lines: Vec<String> = (0..3000)
        .map(|number| format!("value_{number} = {}\n", number * 7919))
        .collect();
    let long = lines.concat();
    let bytes = wheel(&long);
    let path = folder.path().join("a-1.0-py3-none-any.whl");
    fs::write(&path, &bytes).unwrap();
    let opened = Wheel::open(&path).unwrap();
    let staging = folder.path().join("staging");
    fs::create_dir(&staging).unwrap();
    let facts = testing::facts((3, 11, 7));
    let (laid, deflated) = opened
        .lay_out(&Destination {
            facts: &facts,
            staging: &staging,
            project: "a",
            limits: Limits::default(),
        })
        .unwrap();
    let members: Vec<Member> = laid
        .files
        .iter()
        .map(|file| Member {
            path: file.path.clone(),
            executable: false,
            mtime: i64::try_from(file.mtime).unwrap(),
        })
        .collect();
    let packed = |name: &str, deflated| {
        let archive = folder.path().join(name);
        let packed = pack(
            (&staging, deflated),
            DESCRIBED,
            &members,
            &File::create_new(&archive).unwrap(),
        )
        .unwrap();
        (archive, packed)
    };
    let (plain, of_plain) = packed("plain.tar.gz", None);
    let (taken, of_taken) = packed("taken.tar.gz", Some(&deflated));
    assert_eq!(of_taken.content, of_plain.content);
    assert_eq!(of_taken.bytes, fs::metadata(&taken).unwrap().len());

    let mut stream = Vec::new();
    let path = laid.files.iter().find(|file| file.path.ends_with("long.py")).unwrap();
    let found = deflated.of(&path.path).unwrap();
    found
        .copy(&mut |bytes| {
            stream.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    let holds = |archive| {
        fs::read(archive)
            .unwrap()
            .windows(stream.len())
            .any(|window| window == stream)
    };
    assert!(holds(&taken) && !holds(&plain));

    damage_inside_a_member_is_the_archives(folder.path(), &taken, &stream);
    for archive in [plain, taken] {
        let tree = folder.path().join("tree");
        fs::create_dir(&tree).unwrap();
        assert_eq!(unpack(&archive, &tree, Limits::default()).unwrap(), of_plain.content);
        for file in &laid.files {
            assert_eq!(
                fs::read(tree.join(&file.path)).unwrap(),
                fs::read(staging.join(&file.path)).unwrap()
            );
        }
        fs::remove_dir_all(&tree).unwrap();
        let tar = Command::new("tar").arg("tzf").arg(&archive).output().unwrap();
        assert_eq!(String::from_utf8(tar.stdout).unwrap().lines().count(), 1 + laid.files.len());
    }
}

/// Such a member is an error of the archive, which can be made anew, and not of the disk.
fn damage_inside_a_member_is_the_archives(folder: &Path, archive: &Path, stream: &[u8]) {
    let mut bytes = fs::read(archive).unwrap();
    let at = bytes.windows(stream.len()).position(|window| window == stream).unwrap();
    // A block of a type that there is none of.
    bytes[at] |= 6;
    let damaged = folder.join("damaged.tar.gz");
    fs::write(&damaged, bytes).unwrap();
    let tree = folder.join("damaged");
    fs::create_dir(&tree).unwrap();
    let error = unpack(&damaged, &tree, Limits::default()).unwrap_err();
    assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
}
