use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256 as Hasher};

use super::*;
use crate::environment::Change;
use crate::environment::snapshot::{Member, compose, encode};
use crate::key::Sha256;
use crate::store::DistributionRecord;
use crate::store::testing::{Draft, LIBRARY, MTIME, Shelf, scheme};
use crate::wheel::{EntryPoint, Kind, Listing, Rewritten, Row, Script, Template};

const SCRIPT: &[u8] = b"#!python\nprint('run')\n";
const MODULE: &str = "lib/python3.11/site-packages/a/m.py";
const STATIC: &str = "lib/python3.11/site-packages/a/static/site.css";
const SCRIPT_BYTECODE: &str = "bin/__pycache__/run.cpython-311.pyc";

fn entry_point(name: &str) -> Script {
    Script::EntryPoint(EntryPoint {
        name: name.into(),
        path: format!("bin/{name}"),
        module: "a.m".into(),
        attribute: "main".into(),
        kind: Kind::Console,
        template: Template::RemoveSuffix,
    })
}

fn rewritten(listing: Listing) -> Script {
    Script::Wheel(Rewritten {
        path: "bin/run.py".into(),
        listing,
    })
}

/// Bytecode with these flags.
fn bytecode(flags: u8) -> Vec<u8> {
    let mut content = vec![1, 2, 3, 4, flags, 0, 0, 0];
    content.extend([9; 8]);
    content.extend(b"code");
    content
}

fn draft() -> Draft {
    let mut draft = Draft::default()
        .file(MODULE, b"def main(): ...\n")
        .file(STATIC, b"a {}\n")
        .file(&format!("{LIBRARY}/a-1.0.dist-info/METADATA"), b"Name: a\n")
        .executable(&format!("{LIBRARY}/a/tool"), b"#!/bin/sh\n")
        .executable("bin/run.py", SCRIPT)
        .file("share/a/words", b"words\n");
    draft.scripts = vec![rewritten(Listing::Hashed), entry_point("aa"), entry_point("zz")];
    draft.bytecode = vec![
        (SCRIPT_BYTECODE.into(), bytecode(0), "bin/run.py".into()),
        (
            format!("{LIBRARY}/a/__pycache__/m.cpython-311.pyc"),
            bytecode(0),
            MODULE.into(),
        ),
    ];
    draft
}

/// A store with one distribution, and a folder to assemble it in.
struct Scene {
    shelf: Shelf,
    record: DistributionRecord,
    bytes: Vec<u8>,
}

impl Scene {
    fn new(draft: &Draft) -> Self {
        let shelf = Shelf::new();
        let record = shelf.put("a", draft);
        let member = Member {
            record: &record,
            requested: true,
            direct_url: Some("{}"),
        };
        let bytes = encode(&compose(&[member], &scheme()).unwrap()).unwrap();
        Self { shelf, record, bytes }
    }

    fn tree(&self) -> PathBuf {
        self.shelf.store.tree(self.record.content).unwrap()
    }

    fn target(&self) -> PathBuf {
        self.shelf.folder.path().join("env")
    }

    fn assemble(&self, mode: LinkMode) -> Result<Assembled, AssembleError> {
        crate::fs::remove_tree(&self.target()).unwrap();
        fs::create_dir(self.target()).unwrap();
        assemble(&Assembly {
            snapshot: &Snapshot::decode(self.bytes.clone()).unwrap(),
            trees: &[self.tree()],
            target: &self.target(),
            python: Path::new("/env/bin/python"),
            mode,
            verify: Verify::Quick,
            in_the_way: InTheWay::Replaced,
        })
    }

    fn change(&self, file: &str) -> Change {
        match self.assemble(LinkMode::Hardlink) {
            Err(AssembleError::Changed {
                distribution: 0,
                path,
                change,
            }) => {
                assert_eq!(path, self.tree().join(file));
                change
            }
            other => panic!("{file}: {other:?}"),
        }
    }

    fn record_text(&self) -> String {
        fs::read_to_string(self.target().join(LIBRARY).join("a-1.0.dist-info/RECORD")).unwrap()
    }
}

fn recent(metadata: &fs::Metadata) -> bool {
    let age = SystemTime::now().duration_since(metadata.modified().unwrap());
    age.unwrap_or_default() < Duration::from_mins(5)
}

#[test]
fn every_mode_makes_the_same_files() {
    let scene = Scene::new(&draft());
    for mode in [LinkMode::Hardlink, LinkMode::Clone, LinkMode::Copy] {
        let assembled = scene.assemble(mode).unwrap();
        assert!(
            assembled.means == Means::Links(mode) || mode == LinkMode::Clone && assembled.means == Means::Links(LinkMode::Copy)
        );
        assert_eq!(assembled.exceptions, 0);
        let entries = walkdir::WalkDir::new(scene.target()).into_iter().map(Result::unwrap);
        let files: Vec<_> = entries.filter(|entry| entry.file_type().is_file()).collect();
        assert_eq!(files.len() as u64, assembled.files, "{files:?}");
        for path in [MODULE, "share/a/words", &format!("{LIBRARY}/a/tool")] {
            let (ours, stored) = (scene.target().join(path), scene.tree().join(path));
            assert_eq!(fs::read(&ours).unwrap(), fs::read(&stored).unwrap(), "{path}");
            let (ours, stored) = (fs::metadata(ours).unwrap(), fs::metadata(stored).unwrap());
            assert_eq!(ours.mtime(), i64::try_from(MTIME).unwrap(), "{path}");
            assert_eq!(
                ours.ino() == stored.ino(),
                assembled.means == Means::Links(LinkMode::Hardlink),
                "{path}"
            );
            let executable = ours.permissions().mode() & 0o111 != 0;
            assert_eq!(executable, path.ends_with("tool"), "{path}");
            if assembled.means != Means::Links(LinkMode::Hardlink) {
                assert_eq!(ours.permissions().mode() & 0o200, 0o200, "copies can be written: {path}");
            }
        }
        // pip's would be new, and writable.
        let private = scene.target().join(STATIC);
        let metadata = fs::metadata(&private).unwrap();
        assert_ne!(metadata.ino(), fs::metadata(scene.tree().join(STATIC)).unwrap().ino());
        assert!(recent(&metadata) && metadata.permissions().mode() & 0o777 == 0o644, "{mode}");
        assert_eq!(fs::read(&private).unwrap(), b"a {}\n");
    }
}

#[test]
fn what_is_generated_is_pips() {
    let scene = Scene::new(&draft());
    scene.assemble(LinkMode::Hardlink).unwrap();
    let script = scene.target().join("bin/run.py");
    assert_eq!(fs::read(&script).unwrap(), b"#!/env/bin/python\nprint('run')\n");
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o755);
    let generated = fs::read_to_string(scene.target().join("bin/aa")).unwrap();
    assert!(generated.starts_with("#!/env/bin/python\n") && generated.contains("from a.m import main"));
    let folder = scene.target().join(LIBRARY).join("a-1.0.dist-info");
    for (name, content) in [("INSTALLER", "snapenv\n"), ("REQUESTED", ""), ("direct_url.json", "{}")] {
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), content);
    }
    // Nothing generated was written into the store.
    assert_eq!(fs::read(scene.tree().join("bin/run.py")).unwrap(), SCRIPT);
}

#[test]
fn record_lists_every_file_once_with_its_digest() {
    for listing in [Listing::Hashed, Listing::Bare] {
        let mut draft = draft();
        draft.scripts[0] = rewritten(listing);
        let scene = Scene::new(&draft);
        scene.assemble(LinkMode::Hardlink).unwrap();
        let text = scene.record_text();
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        let mut sorted = lines.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(lines, sorted);
        let library = scene.target().join(LIBRARY);
        let mut listed = 0;
        for line in &lines {
            let (path, rest) = line.split_once(',').unwrap();
            let content = fs::read(library.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            let bare = path.ends_with(".pyc") || path.ends_with("RECORD") || listing == Listing::Bare && path.ends_with("run.py");
            let digest = Sha256::from_bytes(Hasher::digest(&content).into());
            let row = Row::hashed(path, &digest, content.len() as u64);
            let expected = if bare {
                ",".to_owned()
            } else {
                format!("{},{}", row.hash, row.size)
            };
            assert_eq!(rest, expected, "{path}");
            listed += 1;
        }
        let entries = walkdir::WalkDir::new(scene.target()).into_iter().map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().is_file()).count();
        // RECORD's own row comes with those of the wheel, which this one has not.
        assert_eq!(listed + 1, files, "{text}");
    }
}

#[test]
fn bytecode_of_a_rewritten_script_fits_it() {
    let scene = Scene::new(&draft());
    scene.assemble(LinkMode::Hardlink).unwrap();
    let content = fs::read(scene.target().join(SCRIPT_BYTECODE)).unwrap();
    let script = fs::metadata(scene.target().join("bin/run.py")).unwrap();
    assert_eq!(content[..8], bytecode(0)[..8]);
    assert_eq!(content[8..12], u32::try_from(script.mtime()).unwrap().to_le_bytes());
    assert_eq!(content[12..16], u32::try_from(script.len()).unwrap().to_le_bytes());
    assert_eq!(&content[16..], b"code");
    assert_eq!(fs::read(scene.tree().join(SCRIPT_BYTECODE)).unwrap(), bytecode(0));
}

/// A header with a hash instead of a time is no business of ours, and neither is one that breaks off.
#[test]
fn other_bytecode_stays_as_it_is() {
    for content in [bytecode(3), bytecode(1), bytecode(0)[..10].to_vec(), Vec::new()] {
        let mut draft = draft();
        draft.bytecode[0].1.clone_from(&content);
        let scene = Scene::new(&draft);
        scene.assemble(LinkMode::Hardlink).unwrap();
        assert_eq!(fs::read(scene.target().join(SCRIPT_BYTECODE)).unwrap(), content);
    }
}

#[test]
fn files_in_the_way_are_replaced_and_not_written_into() {
    let scene = Scene::new(&draft());
    scene.assemble(LinkMode::Hardlink).unwrap();
    let snapshot = Snapshot::decode(scene.bytes.clone()).unwrap();
    let trees = [scene.tree()];
    for mode in [LinkMode::Copy, LinkMode::Hardlink] {
        let again = Assembly {
            snapshot: &snapshot,
            trees: &trees,
            target: &scene.target(),
            python: Path::new("/other/python"),
            mode,
            verify: Verify::Quick,
            in_the_way: InTheWay::Replaced,
        };
        assemble(&again).unwrap();
    }
    assert_eq!(fs::read(scene.target().join(MODULE)).unwrap(), b"def main(): ...\n");
    assert!(
        fs::read(scene.target().join("bin/aa"))
            .unwrap()
            .starts_with(b"#!/other/python\n")
    );
}

#[test]
fn a_changed_file_is_noticed() {
    for file in [MODULE, STATIC, "bin/run.py", SCRIPT_BYTECODE] {
        let scene = Scene::new(&draft());
        let path = scene.tree().join(file);
        let original = fs::read(&path).unwrap();
        let set_time = |seconds: u64| {
            let file = fs::File::open(&path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
                .unwrap();
        };
        scene.assemble(LinkMode::Hardlink).unwrap();

        set_time(MTIME + 1);
        assert_eq!(scene.change(file), Change::Time);
        set_time(MTIME);

        let sealed = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(scene.change(file), Change::Access);
        fs::write(&path, b"changed").unwrap();
        assert_eq!(scene.change(file), Change::Size);

        fs::write(&path, original).unwrap();
        set_time(MTIME);
        fs::set_permissions(&path, sealed).unwrap();
        scene.assemble(LinkMode::Hardlink).unwrap();

        fs::remove_file(&path).unwrap();
        assert_eq!(scene.change(file), Change::Missing);
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        assert!(scene.assemble(LinkMode::Hardlink).is_err());
    }
}

#[test]
fn a_missing_folder_of_a_tree_is_noticed() {
    let scene = Scene::new(&draft());
    fs::remove_dir_all(scene.tree().join("share")).unwrap();
    assert_eq!(scene.change("share/a/words"), Change::Missing);
}

#[test]
fn an_owner_that_is_not_the_trees_is_noticed() {
    let scene = Scene::new(&draft());
    let path = scene.tree().join(MODULE);
    // Only root can give files away; others cannot get into this state.
    if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
        assert_eq!(scene.change(MODULE), Change::Access);
    }
}

#[test]
fn a_script_that_another_distribution_overwrites_is_not_written() {
    let shelf = Shelf::new();
    let first = Draft {
        scripts: vec![entry_point("tool")],
        ..Draft::default()
    };
    let first = shelf.put("a", &first);
    let second = shelf.put("b", &Draft::default().executable("bin/tool", b"#!/bin/sh\n"));
    let members = [&first, &second].map(|record| Member {
        record,
        requested: false,
        direct_url: None,
    });
    let bytes = encode(&compose(&members, &scheme()).unwrap()).unwrap();
    let target = shelf.folder.path().join("env");
    fs::create_dir(&target).unwrap();
    let trees = [&first, &second].map(|record| shelf.store.tree(record.content).unwrap());
    assemble(&Assembly {
        snapshot: &Snapshot::decode(bytes.clone()).unwrap(),
        trees: &trees,
        target: &target,
        python: Path::new("/env/bin/python"),
        mode: LinkMode::Hardlink,
        verify: Verify::Quick,
        in_the_way: InTheWay::Replaced,
    })
    .unwrap();
    assert_eq!(fs::read(target.join("bin/tool")).unwrap(), b"#!/bin/sh\n");
    for name in ["a", "b"] {
        let record = target.join(LIBRARY).join(format!("{name}-1.0.dist-info/RECORD"));
        assert!(fs::read_to_string(record).unwrap().contains("../../../bin/tool,sha256="));
    }
}
