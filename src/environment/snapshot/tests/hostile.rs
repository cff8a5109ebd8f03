//! Snapshots that somebody has sealed who wants to do harm: their digests are right.

use proptest::prelude::*;

use super::super::encode::MAGIC;
use super::*;
use crate::wheel::{Listing, Rewritten, Script};

const DIGEST: usize = 32;

fn sound() -> Composed {
    let a = distribution("a", &["a/__init__.py", "a/static/x.css"]);
    compose(&[member(&a)], &scheme()).expect("no conflict")
}

/// Gives the manifest the digest that it ought to have.
fn seal(bytes: &mut [u8]) {
    let at = MAGIC.len() + 4;
    let Some(length) = bytes.get(at..at + 4).and_then(|length| length.try_into().ok()) else {
        return;
    };
    let end = at + 4 + u32::from_le_bytes(length) as usize;
    if end + DIGEST <= bytes.len() {
        let digest = blake3::hash(&bytes[..end]);
        bytes[end..end + DIGEST].copy_from_slice(digest.as_bytes());
    }
}

fn refused(change: impl FnOnce(&mut Composed)) -> &'static str {
    let mut composed = sound();
    change(&mut composed);
    let snapshot = Snapshot::decode(encode(&composed).expect("encoded"));
    snapshot.expect_err("must be refused").0
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["..", ".", "", "a/b", "/etc", "a\0b", "../x"] {
        assert_eq!(
            refused(|composed| composed.folders[1].name = name.to_owned()),
            "a name",
            "{name}"
        );
        let file = |composed: &mut Composed| {
            let folder = composed.folders.iter_mut().find(|folder| !folder.files.is_empty());
            name.clone_into(&mut folder.expect("a folder with files").files[0].name);
        };
        assert_eq!(refused(file), "a name", "{name}");
        assert_eq!(
            refused(
                |composed| composed.present = vec![Folder::default(), composed.folders[1].clone(), {
                    let mut folder = composed.folders[1].clone();
                    name.clone_into(&mut folder.name);
                    folder
                }]
            ),
            "a name"
        );
    }
}

#[test]
fn folders_stand_below_an_earlier_one_and_not_too_deep() {
    assert_eq!(refused(|composed| composed.folders[1].parent = 1), "a parent");
    assert_eq!(refused(|composed| composed.folders[1].parent = 9), "a parent");
    let deep = |composed: &mut Composed| {
        let depth = u32::try_from(composed.folders.len()).expect("a number");
        let folders = (depth..depth + 5_000).map(|parent| Folder {
            parent: parent - 1,
            name: "d".to_owned(),
            files: Vec::new(),
        });
        composed.folders.extend(folders);
    };
    assert_eq!(refused(deep), "a path");
}

#[test]
fn paths_of_what_is_generated_stay_inside() {
    for path in ["../x", "/etc/x", "a/../../x", "a//x", ""] {
        let text = || path.to_owned();
        let script = || PlannedScript {
            script: Script::Wheel(Rewritten {
                path: text(),
                listing: Listing::Bare,
            }),
            wins: true,
            original: None,
        };
        let original = Original {
            size: 1,
            mtime: 1,
            executable: false,
        };
        let bytecode = |path: &str, source: &str| ScriptBytecode {
            path: path.to_owned(),
            source: source.to_owned(),
            original,
        };
        let small = || SmallFile {
            name: text(),
            content: String::new(),
        };
        let description = "its descriptions";
        assert_eq!(refused(|composed| composed.generated[0].0.dist_info = text()), description);
        assert_eq!(
            refused(|composed| composed.generated[0].0.scripts.push(script())),
            description
        );
        assert_eq!(refused(|composed| composed.generated[0].0.small.push(small())), description);
        for bytecode in [bytecode(path, "bin/x"), bytecode("bin/x", path)] {
            assert_eq!(
                refused(|composed| composed.generated[0].0.script_bytecode.push(bytecode)),
                description
            );
        }
        if !path.is_empty() {
            assert_eq!(refused(|composed| composed.generated[0].0.library = text()), description);
        }
    }
}

proptest! {
    /// Whatever stands in it, a sealed snapshot is read without a panic, and nothing of it leads out.
    #[test]
    fn any_sealed_bytes_can_be_read(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        excerpt in any::<bool>(),
    ) {
        let composed = if excerpt { sound().excerpt(None) } else { sound() };
        let mut bytes = encode(&composed).expect("encoded");
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        seal(&mut bytes);
        if let Ok(snapshot) = Snapshot::decode(bytes) {
            let _ = (snapshot.preimages(), snapshot.contributors(), snapshot.record(0), snapshot.record(9));
            for path in [&snapshot.folders, &snapshot.present].into_iter().flat_map(|folders| snapshot.paths(folders)) {
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))), "{path:?}");
            }
        }
    }
}
