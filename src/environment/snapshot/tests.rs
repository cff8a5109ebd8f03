use std::time::Instant;

use super::*;
use crate::interpreter::Scheme;
use crate::key::{BytecodeMode, DistributionPreimage, PlatformPreimage, Sha256, key_of};
use crate::store::{Bytecode, Description, DistributionRecord, SourceRecord};
use crate::wheel::{File, Laid, Metadata, Mode, Row, Text};

mod hostile;

const LIBRARY: &str = "lib/python3.11/site-packages";

fn scheme() -> Scheme {
    Scheme {
        purelib: LIBRARY.into(),
        platlib: LIBRARY.into(),
        scripts: "bin".into(),
        headers: "include/site/python3.11".into(),
        data: String::new(),
    }
}

/// A distribution with these files below its library folder.
fn distribution(name: &str, files: &[&str]) -> DistributionRecord {
    let digest = Sha256::from_bytes(*blake3::hash(name.as_bytes()).as_bytes());
    let preimage = DistributionPreimage {
        name: name.into(),
        version: "1.0".into(),
        artifact: digest,
        implementation: "cpython".into(),
        cache_tag: "cpython-311".into(),
        magic: String::new(),
        scheme: scheme(),
        platform: PlatformPreimage {
            abi: "none".into(),
            platform: "any".into(),
        },
        bytecode: BytecodeMode::Off,
        build: None,
    };
    let entry = |file: &&str| File {
        path: format!("{LIBRARY}/{file}"),
        size: 3,
        sha256: digest,
        mode: Mode::Plain,
        mtime: 1_000_000_000,
    };
    let laid = Laid {
        name: name.into(),
        version: "1.0".into(),
        dist_info: format!("{LIBRARY}/{name}-1.0.dist-info"),
        library: LIBRARY.into(),
        files: files.iter().map(entry).collect(),
        scripts: Vec::new(),
        rows: files.iter().map(|file| Row::hashed(*file, &digest, 3)).collect(),
        metadata: Metadata {
            name: name.into(),
            version: "1.0".into(),
            requires_dist: Vec::new(),
            requires_python: None,
            provides_extra: Vec::new(),
            text: Text::default(),
        },
        warnings: Vec::new(),
    };
    DistributionRecord {
        key: key_of(&preimage),
        preimage,
        content: blake3::hash(name.as_bytes()).into(),
        archive_bytes: 0,
        source: SourceRecord {
            file_name: format!("{name}-1.0-py3-none-any.whl"),
            url: String::new(),
            sha256: digest,
            built: false,
            native: None,
        },
        seconds: Instant::now().elapsed().as_secs_f64(),
        tree_bytes: None,
        description: Description {
            laid,
            bytecode: Vec::new(),
        },
    }
}

fn member(record: &DistributionRecord) -> Member<'_> {
    Member {
        record,
        requested: true,
        direct_url: None,
    }
}

fn winner(composed: &Composed, name: &str) -> u16 {
    let mut files = composed.folders.iter().flat_map(|folder| &folder.files);
    files.find(|file| file.name == name).expect("file").distribution
}

#[test]
fn the_last_installed_wins_and_both_records_keep_their_row() {
    let (a, b) = (distribution("a", &["shared/x.py"]), distribution("b", &["shared/x.py"]));
    let composed = compose(&[member(&a), member(&b)], &scheme()).expect("no conflict");
    assert_eq!(winner(&composed, "x.py"), 1);
    let swapped = compose(&[member(&b), member(&a)], &scheme()).expect("no conflict");
    assert_eq!(winner(&swapped, "x.py"), 1);
    assert!(
        composed
            .generated
            .iter()
            .all(|(_, before, _)| before.contains("shared/x.py,sha256="))
    );
    assert_ne!(composed.header.key, swapped.header.key);
}

#[test]
fn a_path_that_is_file_and_folder_is_left_to_pip() {
    let (a, b) = (distribution("a", &["x"]), distribution("b", &["x/y.py"]));
    let conflict = compose(&[member(&a), member(&b)], &scheme()).expect_err("conflict");
    assert_eq!(conflict.path, format!("{LIBRARY}/x"));
    assert_eq!(conflict.project, "a");
}

#[test]
fn certificates_and_static_files_are_private_copies_but_sources_never() {
    let files = [
        "certifi/cacert.pem",
        "app/static/site.css",
        "app/static/gen.py",
        "app/statics/x.css",
    ];
    let mut a = distribution("a", &files);
    let elsewhere = File {
        path: "share/a/static/logo.svg".into(),
        ..a.description.laid.files[0].clone()
    };
    a.description.laid.files.push(elsewhere);
    let composed = compose(&[member(&a)], &scheme()).expect("no conflict");
    let roles: Vec<(String, Role)> = composed
        .folders
        .iter()
        .flat_map(|folder| folder.files.iter().map(|file| (file.name.clone(), file.role)))
        .collect();
    for (name, role) in roles {
        let private = ["cacert.pem", "site.css"].contains(&name.as_str());
        assert_eq!(role == Role::Private, private, "{name}");
    }
}

#[test]
fn what_is_encoded_is_decoded() {
    let mut a = distribution("a", &["a/__init__.py", "a/deep/er/b.py"]);
    a.description.bytecode.push(Bytecode {
        path: format!("{LIBRARY}/a/__pycache__/__init__.cpython-311.pyc"),
        record: "a/__pycache__/__init__.cpython-311.pyc".into(),
        source: format!("{LIBRARY}/a/__init__.py"),
        size: 9,
        mtime: 1_000_000_000,
    });
    let composed = compose(&[member(&a)], &scheme()).expect("no conflict");
    let bytes = encode(&composed).expect("encoded");
    let snapshot = Snapshot::decode(bytes).expect("decoded");
    let header = Header {
        manifest: None,
        ..snapshot.header.clone()
    };
    assert_eq!(header, composed.header);
    assert_eq!(snapshot.folders.len(), composed.folders.len());
    for (read, written) in snapshot.folders.iter().zip(&composed.folders) {
        assert_eq!(snapshot.name(read.name).to_str(), Some(written.name.as_str()));
        assert_eq!(read.parent, written.parent as usize);
        assert_eq!(read.files.len(), written.files.len());
        for (read, written) in read.files.iter().zip(&written.files) {
            assert_eq!(snapshot.name(read.name).to_str(), Some(written.name.as_str()));
            assert_eq!((read.size, read.mtime), (written.size, written.mtime));
        }
    }
    let (_, before, behind) = &composed.generated[0];
    assert_eq!(snapshot.record(0), Some([before.as_bytes(), behind.as_bytes()]));
    assert_eq!(snapshot.preimages().expect("preimages"), composed.preimages);
    assert!(snapshot.is_whole());
}

#[test]
fn a_manifest_is_read_without_texts() {
    let a = distribution("a", &["a/__init__.py"]);
    let composed = compose(&[member(&a)], &scheme()).expect("no conflict");
    let bytes = encode(&composed).expect("encoded");
    let whole = Snapshot::decode(bytes.clone()).expect("decoded");
    let manifest = Snapshot::read_manifest(bytes.as_slice()).expect("read");
    assert_eq!((&manifest.header, &manifest.folders), (&whole.header, &whole.folders));
    assert!(!manifest.is_whole() && manifest.record(0).is_none());
    // What breaks off behind the manifest is no whole snapshot, and before its end nothing at all.
    let length = bytes.len() - composed.generated[0].1.len() - composed.generated[0].2.len();
    assert!(Snapshot::decode(bytes[..length].to_vec()).is_err());
    assert!(Snapshot::read_manifest(&bytes[..length]).is_ok());
    assert!(Snapshot::read_manifest(&bytes[..length - 1]).is_err());
}

#[test]
fn a_large_manifest_is_checked_while_it_is_read() {
    let names: Vec<String> = (0..8_000).map(|number| format!("many/module_{number:05}.py")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let a = distribution("a", &names);
    let mut bytes = encode(&compose(&[member(&a)], &scheme()).expect("no conflict")).expect("encoded");
    assert_eq!(Snapshot::decode(bytes.clone()).expect("decoded").header.files, 8_003);
    bytes[100_000] ^= 1;
    assert_eq!(Snapshot::decode(bytes), Err(DamagedSnapshot("its digest does not match")));
}

proptest::proptest! {
    #[test]
    fn any_damage_is_noticed(position in 0usize..2_000, bit in 0u8..8) {
        let a = distribution("a", &["a/__init__.py"]);
        let composed = compose(&[member(&a)], &scheme()).expect("no conflict");
        let mut bytes = encode(&composed).expect("encoded");
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        proptest::prop_assert!(Snapshot::decode(bytes.clone()).is_err());
        bytes.truncate(position);
        proptest::prop_assert!(Snapshot::decode(bytes).is_err());
    }
}

#[test]
fn what_environments_know_a_snapshot_by_is_the_same_whenever_it_is_composed() {
    let digest = |a: &DistributionRecord| {
        let composed = compose(&[member(a)], &scheme()).expect("no conflict");
        let whole = Snapshot::decode(encode(&composed).expect("encoded")).expect("decoded");
        let digest = whole.manifest_digest();
        assert!(digest.is_some() && digest == whole.header.manifest);
        let excerpt = encode(&composed.excerpt(digest)).expect("encoded");
        assert_eq!(Snapshot::decode(excerpt).expect("decoded").header.manifest, digest);
        (composed.header.key, digest)
    };
    let mut a = distribution("a", &["a/__init__.py"]);
    let first = digest(&a);
    a.seconds = 77.0;
    assert_eq!(digest(&a), first, "how long it took is none of its content");
    a.description.laid.files[0].size += 1;
    assert_ne!(digest(&a).1, first.1);
}

#[test]
fn an_excerpt_has_what_is_outside_of_the_library_and_names_what_is_looked_at() {
    let mut names: Vec<String> = (0..200).map(|number| format!("many/m{number:03}.py")).collect();
    names.extend(["a.pth".to_owned(), "app/static/site.css".to_owned()]);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut a = distribution("a", &names);
    let data = File {
        path: "share/a/data.txt".into(),
        ..a.description.laid.files[0].clone()
    };
    a.description.laid.files.push(data);
    let composed = compose(&[member(&a)], &scheme()).expect("no conflict");
    let excerpt = Snapshot::decode(encode(&composed.excerpt(None)).expect("encoded")).expect("decoded");
    assert_eq!(excerpt.header.extent, Extent::Excerpt);
    assert_eq!(excerpt.header.key, composed.header.key);
    let names = |folders: &[FolderEntries]| -> Vec<String> {
        let files = folders.iter().flat_map(|folder| &folder.files);
        files.map(|file| excerpt.name(file.name).display().to_string()).collect()
    };
    assert_eq!(names(&excerpt.folders), ["data.txt"]);
    let present = names(&excerpt.present);
    for name in ["a.pth", "site.css"] {
        assert!(present.contains(&name.to_owned()), "{name} in {present:?}");
    }
    assert!((4..10).contains(&present.len()), "{present:?}");
    let folders = excerpt.paths(&excerpt.folders);
    assert!(!folders.iter().any(|folder| folder.starts_with("lib")), "{folders:?}");
    assert_eq!(excerpt.generated[0].scripts, []);
    assert_eq!(excerpt.generated[0].dist_info, format!("{LIBRARY}/a-1.0.dist-info"));
    assert_eq!(excerpt.record(0), None);
}
