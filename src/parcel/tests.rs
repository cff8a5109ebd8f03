use std::fs;
use std::io::{self, Read};
use std::path::Path;

use proptest::prelude::*;

use super::manifest::{FORMAT, Preface};
use super::name::{Kind, MemberName, Part};
use super::read::unpack;
use super::write::Writer;
use super::{Draft, ParcelError};
use crate::fs::Limits;

fn preface() -> Preface {
    Preface {
        format: FORMAT,
        program: "snapenv 0".into(),
        interpreters: Vec::new(),
    }
}

fn name(number: u8) -> MemberName {
    MemberName::new(Kind::Request, format!("{number:02x}").repeat(32), Part::Record)
}

/// A parcel of some members.
fn parcel(contents: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), Path::new("-"), &preface()).unwrap();
    for (number, content) in (0..).zip(contents) {
        writer.add(&name(number), content.len() as u64, content.as_slice()).unwrap();
    }
    writer.finish().unwrap().0
}

fn read(bytes: impl Read) -> Result<Vec<Vec<u8>>, ParcelError> {
    let folder = tempfile::tempdir().unwrap();
    let members = unpack(bytes, Path::new("-"), (folder.path(), Limits::default()))?;
    Ok(members.values().map(|path| fs::read(path).unwrap()).collect())
}

proptest! {
    #[test]
    fn what_is_written_is_read(contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..2000), 0..5)) {
        prop_assert_eq!(read(parcel(&contents).as_slice()).unwrap(), contents);
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        prop_assert!(read(bytes.as_slice()).is_err());
    }

    /// What fills blocks up is nobody's content.
    #[test]
    fn what_was_altered_is_refused_or_the_same(at in any::<usize>(), bit in 0..8, content in proptest::collection::vec(any::<u8>(), 1..2000)) {
        let contents = [content];
        let whole = parcel(&contents);
        let mut altered = whole.clone();
        let at = at % whole.len();
        altered[at] ^= 1_u8 << bit;
        if let Ok(found) = read(altered.as_slice()) {
            prop_assert_eq!(&found, &contents);
        }
        // The end is two blocks of zeros.
        if at < whole.len() - 1024 {
            prop_assert!(read(&whole[..at]).is_err());
        }
    }

    #[test]
    fn any_name_is_refused_or_written_as_it_is_read(text in "\\PC{0,90}|(archives|requests|pip)/[0-9a-f./]{1,70}(.json|.tar.gz)") {
        if let Ok(name) = text.parse::<MemberName>() {
            prop_assert_eq!(name.to_string(), text);
        }
    }
}

#[test]
fn names_are_kinds_and_keys() {
    let key = "0123456789abcdef".repeat(4);
    for good in [
        format!("archives/{key}.tar.gz"),
        format!("archives/{key}.json"),
        format!("snapshots/{key}.excerpt"),
        "pip/cpython-311-py-0123456789abcdef.json".to_owned(),
    ] {
        assert_eq!(good.parse::<MemberName>().unwrap().to_string(), good);
    }
    for bad in [
        format!("requests/{key}.tar.gz"),
        format!("snapshots/{key}.json"),
        format!("requests/{}.json", key.to_uppercase()),
        format!("requests/../{key}.json"),
        format!("/requests/{key}.json"),
        "pip/..json".to_owned(),
        "pip/a/b.json".to_owned(),
        "pip/.json".to_owned(),
    ] {
        assert!(bad.parse::<MemberName>().is_err(), "{bad}");
    }
}

#[test]
fn a_stream_that_fails_is_an_error_of_the_stream() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(5))
        }
    }
    assert!(matches!(read(Failing), Err(ParcelError::Io { action: "read", .. })));
}

#[test]
fn a_draft_has_no_name_before_it_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("export.tar");
    for content in ["first", "second"] {
        let mut draft = Draft::new(&place).unwrap();
        io::Write::write_all(&mut draft, content.as_bytes()).unwrap();
        let there = fs::read_to_string(&place).ok();
        assert_ne!(there.as_deref(), Some(content));
        draft.publish().unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), content);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
    let dropped = Draft::new(&place).unwrap();
    drop(dropped);
    assert_eq!(fs::read_to_string(&place).unwrap(), "second");
}
