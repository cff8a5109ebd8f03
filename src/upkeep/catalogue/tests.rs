use std::fs;
use std::path::Path;

use super::*;
use crate::environment::snapshot::{Member, Snapshot, compose, encode};
use crate::fs::own_bytes;
use crate::key::SnapshotKey;
use crate::store::testing::{Draft, Shelf, open, scheme};
use crate::store::{Area, DistributionRecord, Lease};
use crate::upkeep::prune;
use crate::upkeep::retention::{Kind, Policy, Standing, decide};

const NOW: u64 = 4_000_000_000;

fn snapshot_of(shelf: &Shelf, records: &[&DistributionRecord]) -> SnapshotKey {
    let members: Vec<Member> = records
        .iter()
        .map(|record| Member {
            record,
            requested: true,
            direct_url: None,
        })
        .collect();
    let composed = compose(&members, &scheme()).unwrap();
    let (whole, excerpt) = (encode(&composed).unwrap(), encode(&composed.excerpt(None)).unwrap());
    shelf.store.put_snapshot(composed.header.key, &whole, &excerpt).unwrap();
    Snapshot::decode(whole).unwrap().header.key
}

fn catalogue(shelf: &Shelf, tenants: &[Lease]) -> Catalogue {
    Catalogue::read(&shelf.store, tenants, NOW)
}

fn kinds(catalogue: &Catalogue) -> Vec<(Kind, Standing)> {
    let mut kinds: Vec<_> = catalogue.stock.items.iter().map(|item| (item.kind, item.standing)).collect();
    kinds.sort_by_key(|(kind, _)| *kind);
    kinds
}

fn prune_to(shelf: &Shelf, catalogue: &Catalogue, bytes: u64) -> u64 {
    let policy = Policy {
        max_size: Some(bytes),
        ..Policy::garbage(NOW)
    };
    let decision = decide(&catalogue.stock, &policy);
    prune(&shelf.store, catalogue, &decision, None).unwrap().freed
}

#[test]
fn a_snapshot_needs_its_distributions_and_trees_an_archive() {
    let shelf = Shelf::new();
    let one = shelf.put("one", &Draft::default().file("lib/one.py", &[1; 9000]));
    shelf.put("two", &Draft::default().file("lib/two.py", &[2; 9000]));
    let key = snapshot_of(&shelf, &[&one]);
    let catalogue = catalogue(&shelf, &[]);
    assert_eq!(
        kinds(&catalogue),
        [Kind::Tree, Kind::Tree, Kind::Snapshot, Kind::Downloaded, Kind::Downloaded].map(|kind| (kind, Standing::Free))
    );
    let at = catalogue
        .entries
        .iter()
        .position(|entry| entry.name == Name::Snapshot(key))
        .unwrap();
    let needs = &catalogue.stock.items[at].needs;
    assert_eq!(needs.len(), 1);
    let Name::Distribution(name) = &catalogue.entries[needs[0] as usize].name else {
        panic!("no distribution");
    };
    assert_eq!(
        (name.project.as_str(), name.version.as_str(), name.content),
        ("one", "1.0", Some(one.content))
    );
}

/// The books must agree with the disk.
#[test]
fn bytes_are_those_on_disk() {
    let shelf = Shelf::new();
    let mut draft = Draft::default();
    for number in 0..40 {
        draft = draft.file(&format!("lib/package{}/file{number}.py", number % 7), &vec![7; number * 1000]);
    }
    let record = shelf.put("one", &draft);
    snapshot_of(&shelf, &[&record]);
    let on_disk: u64 = [Area::Trees, Area::Archives, Area::Snapshots]
        .iter()
        .map(|area| own_bytes(&shelf.store.home().area(*area)))
        .sum();
    let counted = catalogue(&shelf, &[]).stock.bytes();
    // Folders of areas, projects and keys are not counted.
    assert!(counted <= on_disk && on_disk - counted <= 10 * 4096, "{counted} {on_disk}");
}

#[test]
fn whatever_is_incomplete_is_broken() {
    let shelf = Shelf::new();
    let (one, two) = (
        shelf.put("one", &Draft::default().file("lib/one.py", b"1")),
        shelf.put("two", &Draft::default().file("lib/two.py", b"2")),
    );
    snapshot_of(&shelf, &[&one]);
    snapshot_of(&shelf, &[&two]);
    let home = shelf.store.home();
    fs::remove_file(home.record(one.key, &one.preimage)).unwrap();
    fs::remove_file(home.archive(two.key, &two.preimage)).unwrap();
    fs::write(home.area(Area::Requests).join("ab"), "").unwrap_or_default();
    let catalogue = catalogue(&shelf, &[]);
    let broken = kinds(&catalogue)
        .into_iter()
        .filter(|(_, standing)| *standing == Standing::Broken);
    // What the snapshots need is there in part: they go with it.
    assert_eq!(
        broken.map(|(kind, _)| kind).collect::<Vec<_>>(),
        [Kind::Downloaded, Kind::Downloaded]
    );
    let decision = decide(&catalogue.stock, &Policy::garbage(NOW));
    prune(&shelf.store, &catalogue, &decision, None).unwrap();
    assert!(!home.record(two.key, &two.preimage).exists() && !home.archive(one.key, &one.preimage).exists());
    // The tree of the first has no record to it, and is the only copy of something: that is no garbage.
    assert_eq!(self::catalogue(&shelf, &[]).entries.len(), 1);
}

#[test]
fn a_newer_format_is_left_alone() {
    let shelf = Shelf::new();
    let record = shelf.put("one", &Draft::default().file("lib/one.py", b"1"));
    let path = shelf.store.home().record(record.key, &record.preimage);
    let newer = fs::read_to_string(&path).unwrap().replacen("\"format\":1", "\"format\":9", 1);
    fs::write(&path, newer).unwrap();
    prune_to(&shelf, &catalogue(&shelf, &[]), 0);
    assert!(path.exists());
}

#[test]
fn what_a_living_environment_needs_stays() {
    let shelf = Shelf::new();
    let (one, two) = (
        shelf.put("one", &Draft::default().file("lib/one.py", b"1")),
        shelf.put("two", &Draft::default().file("lib/two.py", b"2")),
    );
    let key = snapshot_of(&shelf, &[&one]);
    let lease = Lease::new(Path::new("/somewhere"), key, 5);
    prune_to(&shelf, &catalogue(&shelf, &[lease]), 0);
    assert!(shelf.store.distribution(&one.preimage).is_some() && shelf.store.snapshot(key).is_some());
    assert!(shelf.store.distribution(&two.preimage).is_none());
    prune_to(&shelf, &catalogue(&shelf, &[]), 0);
    assert!(shelf.store.distribution(&one.preimage).is_none());
}

#[test]
fn what_is_used_after_the_decision_stays() {
    let shelf = Shelf::new();
    let one = shelf.put("one", &Draft::default().file("lib/one.py", b"1"));
    let key = snapshot_of(&shelf, &[&one]);
    let catalogue = catalogue(&shelf, &[]);
    shelf.store.note_snapshot(key, NOW);
    prune_to(&shelf, &catalogue, 0);
    assert!(shelf.store.snapshot(key).is_some());
}

#[test]
fn distributions_inherit_the_last_use_of_a_snapshot_that_goes() {
    let shelf = Shelf::new();
    let one = shelf.put("one", &Draft::default().file("lib/one.py", b"1"));
    let key = snapshot_of(&shelf, &[&one]);
    let home = shelf.store.home();
    let record = home.record(one.key, &one.preimage);
    let set = |path: &Path, seconds: u64| {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::open(path).unwrap().set_modified(time).unwrap();
    };
    set(&record, 1000);
    set(&home.archive(one.key, &one.preimage), 1000);
    for path in [home.snapshot(key), home.excerpt(key)] {
        set(&path, 2000);
    }
    let catalogue = catalogue(&shelf, &[]);
    let mut decision = decide(
        &catalogue.stock,
        &Policy {
            max_size: Some(0),
            ..Policy::garbage(NOW)
        },
    );
    decision
        .victims
        .retain(|victim| catalogue.stock.items[victim.item].kind == Kind::Snapshot);
    prune(&shelf.store, &catalogue, &decision, None).unwrap();
    assert!(shelf.store.snapshot(key).is_none());
    let modified = fs::metadata(record).unwrap().modified().unwrap();
    assert_eq!(modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 2000);
}

/// It was counted as broken, and each prune took it.
#[test]
fn what_stands_in_a_store_that_is_only_read_is_not_missing() {
    let below = Shelf::new();
    let one = below.put("one", &Draft::default().file("lib/one.py", b"1"));
    let two = below.put("two", &Draft::default().file("lib/two.py", b"2"));
    let above = tempfile::tempdir().unwrap();
    let root = below.store.home().root().to_owned();
    let home = above.path().join("store");
    let shelf = Shelf {
        store: open(&home, std::slice::from_ref(&root), above.path()).store,
        folder: above,
    };
    let keys = [snapshot_of(&shelf, &[&one]), snapshot_of(&shelf, &[&two])];
    // As it is made where trees of others cannot be linked to.
    let (theirs, ours) = (below.store.home().tree(one.content), shelf.store.home().tree(one.content));
    fs::create_dir_all(ours.parent().unwrap()).unwrap();
    fs::rename(theirs, ours).unwrap();
    assert_eq!(
        kinds(&catalogue(&shelf, &[])),
        [Kind::Tree, Kind::Snapshot, Kind::Snapshot].map(|kind| (kind, Standing::Free))
    );
    fs::remove_file(below.store.home().record(two.key, &two.preimage)).unwrap();
    let decision = decide(&catalogue(&shelf, &[]).stock, &Policy::garbage(NOW));
    prune(&shelf.store, &catalogue(&shelf, &[]), &decision, None).unwrap();
    assert_eq!(keys.map(|key| shelf.store.snapshot(key).is_some()), [true, false]);
    // Without the other store, its tree is the only copy.
    let alone = open(&home, &[], shelf.folder.path()).store;
    let standing = Catalogue::read(&alone, &[], NOW);
    assert!(kinds(&standing).contains(&(Kind::Downloaded, Standing::Free)), "{standing:?}");
}
