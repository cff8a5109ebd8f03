//! `cache verify`: finds whatever is damaged, changes nothing unless told to, and makes again what can be made of what is left.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;

use super::damage::{CAMPAIGN, Deed, quietly};
use super::{BUILT, LOOSE, PINNED, World, remove, warnings};
use crate::run::Run;
use crate::tree::Listing;

impl World {
    fn verify(&self, arguments: &str) -> Run {
        self.sandbox
            .snapenv(["cache", "verify"].into_iter().chain(arguments.split_whitespace()))
    }

    /// Exit code and report.
    fn report(&self, arguments: &str) -> (i32, Value) {
        let run = self.verify(&format!("--json {arguments}"));
        let report = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
        (run.status.code().unwrap(), report)
    }

    fn pins_of(&self, store: &Path) -> PathBuf {
        let own = Self::files_below(&self.pristine.join("index/pins")).remove(0);
        store.join("v1").join(own.strip_prefix(&self.pristine).unwrap())
    }

    fn fingerprint(&self) -> String {
        let text = Listing::fingerprint(&self.sandbox.cache("v1"));
        // Folders for temporary files may stay.
        text.lines()
            .filter(|line| !line.starts_with("tmp") && !line.starts_with("locks"))
            .collect()
    }
}

/// Files of every area, each with what it is to be called.
fn victims(world: &World) -> Vec<PathBuf> {
    let areas = [
        ("requests", ".json"),
        ("snapshots", ".snapshot"),
        ("snapshots", ".excerpt"),
        ("archives/demo", ".tar.gz"),
        ("archives/helper", ".json"),
        ("trees", "__init__.py"),
        ("merged", "RECORD"),
        ("merged", "merged.json"),
        ("spares", "RECORD"),
        ("index/pins", ".json"),
        ("index/builds", ".json"),
        ("index/families", ".json"),
        ("index/pages", ".page"),
        ("index/pip", ".json"),
        ("metadata", ".json"),
        ("sources", ".tar.gz"),
        ("interpreters", ".json"),
        ("roots", ".json"),
    ];
    let first = |(area, suffix): (&str, &str)| {
        let files = world.files(area);
        files
            .into_iter()
            .find(|path| path.to_str().unwrap().ends_with(suffix))
            .unwrap_or_else(|| panic!("{area}"))
    };
    areas.into_iter().map(first).collect()
}

fn paths(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|one| one["fault"] == "damaged")
        .map(|one| one["path"].as_str().unwrap())
        .collect()
}

/// Whether a finding is about this file: entries that are folders are named by these, archives by their records.
fn is_about(found: &str, victim: &Path) -> bool {
    let key = |path: &Path| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .split('.')
            .next()
            .unwrap()
            .to_owned()
    };
    victim.starts_with(found) || key(Path::new(found)) == key(victim)
}

#[test]
fn what_is_damaged_is_found_and_made_again_from_what_is_left() {
    let world = World::new();
    let (code, report) = world.report("");
    assert_eq!((code, &report["verdict"]), (0, &"whole".into()), "{report:#}");
    assert_eq!(report["findings"], Value::Array(Vec::new()), "{report:#}");
    assert_eq!(report["unknown"], Value::Array(Vec::new()), "{report:#}");
    let before = world.fingerprint();
    let right = ["", "--link-mode layered"].map(|form| {
        let _ = world.venv(&format!("{form} {PINNED}")).success();
        world.environment()
    });
    world.restore();

    // Each by itself: it is found, and nothing else is, but for what is made of it.
    for (number, victim) in victims(&world).iter().enumerate() {
        let deed = [Deed::Flip(50), Deed::Truncate, Deed::Empty, Deed::Remove][number % 4];
        quietly(deed, victim);
        let damaged = world.fingerprint();
        let (code, report) = world.report("");
        assert_eq!(world.fingerprint(), damaged, "{}", victim.display());
        // What stands by itself was never there, as far as anybody can tell.
        let of = |area: &str| victim.starts_with(world.sandbox.cache("v1").join(area));
        let whole = deed == Deed::Remove && !["archives", "merged", "trees"].iter().any(|area| of(area));
        assert_eq!(code, i32::from(!whole), "{deed:?} {}: {report:#}", victim.display());
        let about = paths(&report).into_iter().filter(|found| is_about(found, victim)).count();
        assert!(whole || about > 0, "{deed:?} {}: {report:#}", victim.display());
        let repaired = world.verify("--repair").success();
        assert!(whole || repaired.stdout.contains("repaired"), "{repaired}");
        let (code, report) = world.report("");
        assert_eq!(
            (code, &report["verdict"]),
            (0, &"whole".into()),
            "{}: {report:#}\n{repaired}",
            victim.display()
        );
        world.restore();
    }

    // All at once.
    for victim in victims(&world) {
        quietly(Deed::Flip(60), &victim);
    }
    let _ = world.verify("").fails_with(1).says("damaged").says("--repair");
    let _ = world.verify("--repair").success();
    let (code, report) = world.report("");
    // But for a layer whose snapshot is gone while somebody lives over it.
    let left: Vec<&Value> = report["findings"].as_array().unwrap().iter().collect();
    let leased = |one: &&Value| one["area"] == "merged" && one["fault"] == "incomplete";
    assert!(code == 0 && left.iter().all(leased), "{report:#}");
    for (form, right) in ["", "--link-mode layered"].iter().zip(&right) {
        let run = world.venv(&format!("{form} {PINNED}")).success();
        assert!(warnings(&run).iter().all(|line| line.contains("/merged/")), "{run}");
        assert_eq!(world.environment(), *right);
    }
    for asked in [LOOSE, BUILT] {
        let _ = world.venv(asked).success().never_says("warning");
    }
    world.restore();
    assert_eq!(world.fingerprint(), before);
    world.sandbox.assert_nothing_half_done();
}

#[test]
fn an_archive_is_packed_again_from_its_tree_and_a_tree_from_its_archive() {
    let world = World::new();
    let archive = |area: &str| {
        world
            .files(area)
            .into_iter()
            .find(|path| path.extension().is_some_and(|end| end == "gz"))
    };
    let _ = fs::remove_dir_all(world.sandbox.cache("v1/snapshots"));
    quietly(Deed::Truncate, &archive("archives/demo").unwrap());
    let _ = world.verify("--repair").success().says("made again");
    assert!(archive("archives/demo").is_some());
    remove(&world.sandbox.cache("v1/trees"));
    let _ = world.venv(PINNED).success().never_says("warning").says("0 B fetched");
    // Neither is left: it is fetched another time.
    world.restore();
    remove(&world.sandbox.cache("v1/trees"));
    quietly(Deed::Flip(48), &archive("archives/demo").unwrap());
    let run = world.verify("--repair").success().says("in quarantine").says("incomplete");
    assert!(archive("archives/demo").is_none(), "{run}");
    let run = world.venv(PINNED).success().never_says("warning");
    assert_eq!((run.hits(), run.misses()), (1, 1), "{run}");
}

#[test]
fn stores_that_are_only_read_are_verified_and_never_repaired() {
    let mut world = World::new();
    let shared = world.sandbox.work("shared");
    fs::create_dir(&shared).unwrap();
    world.copy(&world.pristine, &shared.join("v1"));
    remove(&world.sandbox.cache("v1"));
    world.sandbox.set("SNAPENV_READ_STORES", &shared);
    let victim = world.pins_of(&shared);
    quietly(Deed::Flip(3), &victim);
    let before = Listing::fingerprint(&shared);
    let _ = world.verify("").success();
    let _ = world.verify("--read-stores").fails_with(1).says("index/pins");
    let _ = world.verify("--repair --read-stores").fails_with(1).says("index/pins");
    assert_eq!(Listing::fingerprint(&shared), before);
}

#[test]
fn others_may_install_and_prune_meanwhile() {
    let world = World::new();
    let rounds = if std::env::var_os(CAMPAIGN).is_some() { 200 } else { 6 };
    thread::scope(|scope| {
        let others = scope.spawn(|| {
            for round in 0..rounds {
                let asked = [PINNED, LOOSE, BUILT][round % 3];
                let _ = world.venv(asked).success();
                let verb = if round % 2 == 0 { "purge" } else { "prune" };
                let _ = world.sandbox.snapenv(["cache", verb]).success();
            }
        });
        while !others.is_finished() {
            for arguments in ["", "--repair"] {
                let run = world.verify(arguments).success();
                assert!(!run.stdout.contains("damaged /"), "{run}");
            }
        }
    });
}

#[test]
fn who_cannot_write_the_store_cannot_repair_it() {
    let mut world = World::new();
    let file = world.sandbox.write("file", "");
    world.sandbox.set("SNAPENV_CACHE_DIR", file.join("store"));
    let _ = world.verify("--repair").fails_with(1).says("cannot be written");
}
