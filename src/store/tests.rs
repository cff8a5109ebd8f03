use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::testing::{Draft, Shelf, open, preimage, put};
use super::*;
use crate::fs::Limits;
use crate::key::key_of;

fn draft() -> Draft {
    Draft::default()
        .file("lib/a.py", b"a = 1\n")
        .executable("bin/a", b"#!/bin/sh\n")
}

fn record_path(shelf: &Shelf, name: &str) -> PathBuf {
    let preimage = preimage(name);
    shelf.store.home().record(key_of(&preimage), &preimage)
}

fn all_files(folder: &Path) -> Vec<(PathBuf, u32, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            let path = entry.path().strip_prefix(folder).unwrap().to_owned();
            (path, mode, fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn remove(path: &Path) {
    crate::fs::remove_tree(path).unwrap();
}

#[test]
fn what_is_put_is_found() {
    let shelf = Shelf::new();
    assert!(shelf.store.distribution(&preimage("a")).is_none());
    let record = shelf.put("a", &draft());
    assert_eq!(shelf.store.distribution(&preimage("a")).unwrap(), record);
    assert!(shelf.store.distribution(&preimage("b")).is_none());
    let archive = shelf.store.home().archive(record.key, &record.preimage);
    assert_eq!(record.archive_bytes, fs::metadata(&archive).unwrap().len());
    assert!(archive.ends_with(format!("archives/a/1.0/cp311-none-any-{}.tar.gz", record.key)));
    assert_eq!(fs::read_dir(shelf.store.home().staging()).unwrap().count(), 0);
}

#[test]
fn putting_the_same_again_changes_nothing() {
    let shelf = Shelf::new();
    let first = shelf.put("a", &draft());
    let again = shelf.put("a", &draft());
    assert_eq!((first.key, first.content), (again.key, again.content));
    assert_eq!(fs::read_dir(shelf.store.home().staging()).unwrap().count(), 0);
}

#[test]
fn records_that_cannot_be_used_are_misses() {
    let shelf = Shelf::new();
    shelf.put("a", &draft());
    let path = record_path(&shelf, "a");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"format\":1"));
    let other_key = text.replacen(&key_of(&preimage("a")).to_string(), &key_of(&preimage("b")).to_string(), 1);
    assert_ne!(other_key, text);
    let resealed = |text: &str| {
        let (object, _) = text.split_once(",\"check\"").unwrap();
        String::from_utf8(crate::fs::sealed(format!("{object}}}").into_bytes())).unwrap()
    };
    let other_key = resealed(&other_key);
    let newer = resealed(&text.replace("\"format\":1", "\"format\":2"));
    for unusable in [
        "",
        "{}",
        "[]",
        "\0\0\0",
        &text[..text.len() / 2],
        &newer,
        &other_key,
        "{\"format\":1}",
    ] {
        fs::write(&path, unusable).unwrap();
        assert!(shelf.store.distribution(&preimage("a")).is_none(), "{unusable}");
    }
    fs::write(&path, &text).unwrap();
    assert!(shelf.store.distribution(&preimage("a")).is_some());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(shelf.store.distribution(&preimage("a")).is_none());
}

#[test]
fn a_record_without_its_archive_is_a_miss() {
    let shelf = Shelf::new();
    let record = shelf.put("a", &draft());
    fs::remove_file(shelf.store.home().archive(record.key, &record.preimage)).unwrap();
    assert!(shelf.store.distribution(&preimage("a")).is_none());
}

#[test]
fn a_damaged_record_is_replaced_and_a_newer_one_left_alone() {
    let shelf = Shelf::new();
    shelf.put("a", &draft());
    let path = record_path(&shelf, "a");
    fs::write(&path, "{").unwrap();
    shelf.put("a", &draft());
    assert!(shelf.store.distribution(&preimage("a")).is_some());
    let newer = String::from_utf8(crate::fs::sealed(b"{\"format\":2,\"of\":\"tomorrow\"}".to_vec())).unwrap();
    fs::write(&path, &newer).unwrap();
    shelf.put("a", &draft());
    assert_eq!(fs::read_to_string(&path).unwrap(), newer);
}

#[test]
fn a_deleted_tree_is_made_again() {
    let shelf = Shelf::new();
    let record = shelf.put("a", &draft());
    let tree = shelf.store.tree(record.content).unwrap();
    let before = all_files(&tree);
    assert_eq!(before.len(), 3);
    remove(&tree);
    assert!(shelf.store.tree(record.content).is_none());
    let again = shelf.store.ensure_tree(&record.preimage, record.key, record.content).unwrap();
    assert_eq!(again, tree);
    assert_eq!(all_files(&tree), before);
    assert_eq!(fs::read_dir(shelf.store.home().staging()).unwrap().count(), 0);
}

#[test]
fn a_quarantined_tree_is_made_again() {
    let shelf = Shelf::new();
    let record = shelf.put("a", &draft());
    // More than once by one process, too: each is kept for the user to look at.
    for times in 1..=2 {
        shelf.store.quarantine(record.content).unwrap();
        assert!(shelf.store.tree(record.content).is_none());
        assert_eq!(fs::read_dir(shelf.store.home().quarantine()).unwrap().count(), times);
        shelf.store.ensure_tree(&record.preimage, record.key, record.content).unwrap();
    }
    remove(&shelf.store.tree(record.content).unwrap());
    shelf.store.quarantine(record.content).unwrap();
}

#[test]
fn an_archive_with_other_content_is_set_aside() {
    // Another archive, one that breaks off, and none at all: a miss each time, and nothing of it is in the way of a new one.
    let damage = |kind: &str, archive: &Path, other: &Path| match kind {
        "swapped" => fs::write(archive, fs::read(other).unwrap()).unwrap(),
        "cut" => fs::write(archive, &fs::read(other).unwrap()[..40]).unwrap(),
        _ => fs::remove_file(archive).unwrap(),
    };
    for kind in ["swapped", "cut", "gone"] {
        let shelf = Shelf::new();
        let a = shelf.put("a", &draft());
        let b = shelf.put("b", &Draft::default().file("lib/a.py", b"a = 2\n"));
        let archive = shelf.store.home().archive(a.key, &a.preimage);
        remove(&shelf.store.tree(a.content).unwrap());
        damage(kind, &archive, &shelf.store.home().archive(b.key, &b.preimage));
        let result = shelf.store.ensure_tree(&a.preimage, a.key, a.content);
        assert!(result.is_err_and(|error| error.is_damage()), "{kind}");
        assert_eq!(shelf.store.distribution(&a.preimage), None);
        assert_eq!(shelf.put("a", &draft()).content, a.content);
    }
}

#[test]
fn a_packed_tree_and_an_unpacked_one_are_alike() {
    let shelf = Shelf::new();
    let record = shelf.put("a", &draft());
    let unpacked = shelf.folder.path().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let archive = shelf.store.home().archive(record.key, &record.preimage);
    assert_eq!(
        crate::archive::unpack(&archive, &unpacked, Limits::default()).unwrap(),
        record.content
    );
    assert_eq!(all_files(&unpacked), all_files(&shelf.store.tree(record.content).unwrap()));
}

/// Tests run as root, too, whom no mode keeps from writing: a file stands where a folder is needed.
#[test]
fn a_store_that_cannot_be_written_is_read_and_a_temporary_one_written() {
    let shelf = Shelf::new();
    let record = shelf.put("a", &draft());
    let root = shelf.store.home().root().to_owned();
    remove(&shelf.store.home().staging());
    fs::write(shelf.store.home().staging(), "").unwrap();
    let before = all_files(&root);

    let Opened { store, unwritable, .. } = open(&root, &[], shelf.folder.path());
    let Some(StoreError::Fs(reason)) = unwritable else {
        panic!("it cannot be written")
    };
    assert!(reason.path.starts_with(&root));
    assert_eq!(store.distribution(&preimage("a")).unwrap(), record);
    assert_eq!(store.tree(record.content), shelf.store.tree(record.content));
    let written = put(&store, "b", &draft());
    assert_eq!(store.distribution(&preimage("b")).unwrap(), written);
    assert!(!store.home().root().starts_with(&root));
    // A tree that was changed there cannot be taken out of use, but another one comes first.
    store.quarantine(record.content).unwrap();
    let tree = store.ensure_tree(&record.preimage, record.key, record.content).unwrap();
    assert!(tree.starts_with(store.home().root()));
    assert_eq!(store.tree(record.content).unwrap(), tree);

    let temporary = store.home().root().to_owned();
    drop(store);
    assert!(!temporary.exists());
    assert_eq!(all_files(&root), before);
}

#[test]
fn names_from_outside_stay_within_the_store() {
    let layout = Layout::new(Path::new("/store"));
    for hostile in ["..", "../../x", "a/b", "", ".hidden", "a\0b", &"x".repeat(1000)] {
        let mut preimage = preimage("a");
        preimage.version = hostile.to_owned();
        preimage.platform.platform = hostile.to_owned();
        let path = layout.archive(key_of(&preimage), &preimage);
        assert_eq!(path.components().count(), 7, "{hostile}: {}", path.display());
        assert!(path.components().skip(1).all(|part| {
            let name = part.as_os_str().to_str().unwrap();
            !name.starts_with('.') && name.len() <= 255
        }));
    }
}

#[test]
fn an_open_store_is_marked_as_a_cache() {
    let shelf = Shelf::new();
    let tag = fs::read_to_string(shelf.store.home().cachedir_tag()).unwrap();
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
    let again = open(shelf.store.home().root(), &[], shelf.folder.path());
    assert!(again.unwritable.is_none() && !again.store.is_temporary());
}

#[test]
fn stores_are_read_below_the_one_that_is_written() {
    let (first, second, mine) = (Shelf::new(), Shelf::new(), tempfile::tempdir().unwrap());
    let [a, b] = [first.put("a", &draft()), second.put("b", &draft())];
    let changed = second.put("a", &Draft::default().file("lib/a.py", b"a = 2\n"));
    let roots = [&first, &second].map(|shelf| shelf.store.home().root().to_owned());
    let before = roots.each_ref().map(|root| all_files(root));
    let read = [roots[0].clone(), roots[1].clone(), mine.path().join("absent")];
    let opened = open(&mine.path().join("store"), &read, mine.path());
    assert!(opened.unwritable.is_none() && opened.refused.is_empty());
    assert_eq!(opened.absent, [mine.path().join("absent")]);
    let store = opened.store;
    // What is named first is found first, and what is only read may be damaged: then it is made in the one that is written.
    assert_eq!(store.distribution(&preimage("a")).unwrap(), a);
    assert_eq!(store.distribution(&preimage("b")).unwrap(), b);
    assert!(store.tree(changed.content).unwrap().starts_with(&roots[1]));
    store.quarantine(b.content).unwrap();
    let tree = store.ensure_tree(&b.preimage, b.key, b.content).unwrap();
    assert!(tree.starts_with(mine.path().join("store")));
    put(&store, "c", &draft());
    assert_eq!(roots.each_ref().map(|root| all_files(root)), before);
}

#[test]
fn a_tree_of_a_stranger_is_no_tree() {
    let shelf = Shelf::new();
    let record = shelf.put("a", &draft());
    let tree = shelf.store.tree(record.content).unwrap();
    fs::set_permissions(&tree, fs::Permissions::from_mode(0o757)).unwrap();
    assert_eq!(shelf.store.tree(record.content), None);
    let again = shelf.store.ensure_tree(&record.preimage, record.key, record.content).unwrap();
    assert_eq!(shelf.store.tree(record.content), Some(again.clone()));
    assert_eq!(fs::metadata(&again).unwrap().permissions().mode() & 0o777, 0o755);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&again, Some(4_000_000_001), None).unwrap();
        assert_eq!(shelf.store.tree(record.content), None);
    }
}

#[test]
fn a_run_goes_on_in_a_temporary_store() {
    let shelf = Shelf::new();
    let record = shelf.put("a", &draft());
    let named = shelf.store.home().root().to_owned();
    shelf.store.continue_in(shelf.folder.path(), 0).unwrap();
    assert!(shelf.store.is_temporary());
    let home = shelf.store.home().root().to_owned();
    assert!(!home.starts_with(&named));
    shelf.store.continue_in(shelf.folder.path(), 0).unwrap();
    assert_eq!(shelf.store.home().root(), home);
    assert_eq!(shelf.store.distribution(&preimage("a")).unwrap(), record);
    put(&shelf.store, "b", &draft());
    drop(shelf.store);
    assert!(named.exists() && !home.exists());
}
