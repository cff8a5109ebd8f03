//! Formats: a store of every released one is read, and what newer ones keep is left alone.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use snapenv::environment::snapshot::{Extent, Snapshot};
use snapenv::fs::{Sharing, sealed};
use snapenv::key::{LeasePreimage, key_of};
use snapenv::store::{Named, Places, Store};
use walkdir::WalkDir;

use crate::sandbox::Sandbox;
use crate::skipped::skipped;
use crate::tree::Listing;
use crate::whole::{PINNED, World};

/// Where the fixture is, relative to the repository.
const FIXTURE: &str = "fixtures/store/format-1.tar.gz";
/// Written anew when this is set; that makes sense when a format is released.
const FREEZE: &str = "SNAPENV_FREEZE";

/// The areas of which the fixture has something.
const AREAS: [&str; 14] = [
    "requests",
    "snapshots",
    "archives",
    "trees",
    "merged",
    "spares",
    "sources",
    "index/pages",
    "index/pins",
    "index/builds",
    "index/families",
    "index/pip",
    "metadata",
    "interpreters",
];

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURE)
}

/// The text of a record with something replaced, sealed anew.
fn resealed(text: &str, replace: &[(&str, &str)]) -> Vec<u8> {
    let (object, _) = text.rsplit_once(",\"check\"").unwrap();
    let object = replace
        .iter()
        .fold(format!("{object}}}"), |text, (from, to)| text.replace(from, to));
    sealed(object.into_bytes())
}

/// What is of this machine is made to be of any.
fn anonymize(world: &World) {
    let prefix = world.sandbox.python().executable.parent().unwrap().parent().unwrap();
    for path in world.files("interpreters") {
        let text = fs::read_to_string(&path).unwrap();
        let text = resealed(&text, &[(prefix.to_str().unwrap(), "/opt/python")]);
        fs::write(&path, text).unwrap();
    }
    let environment = "/srv/app/.venv";
    let key = key_of(&LeasePreimage {
        host: "build".into(),
        environment: environment.into(),
    });
    let own = world.files("roots").remove(0);
    let lease: Value = serde_json::from_str(&fs::read_to_string(own).unwrap()).unwrap();
    fs::remove_dir_all(world.sandbox.cache("v1/roots")).unwrap();
    let folder = world.sandbox.cache("v1/roots").join(&key.to_string()[..2]);
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "{{\"format\":1,\"environment\":\"{environment}\",\"host\":\"build\",\"snapshot\":{},\"seen\":1800000000}}",
        lease["snapshot"]
    );
    fs::write(folder.join(format!("{key}.json")), sealed(text.into_bytes())).unwrap();
    for name in ["locks", "tmp", "trash", "runs.log"] {
        let path = world.sandbox.cache("v1").join(name);
        let _ = fs::remove_dir_all(&path);
        let _ = fs::remove_file(&path);
    }
}

#[test]
fn the_fixture_is_frozen() {
    if std::env::var_os(FREEZE).is_none() {
        assert!(fs::metadata(fixture()).unwrap().len() < 60_000);
        return;
    }
    let world = World::new();
    anonymize(&world);
    fs::create_dir_all(fixture().parent().unwrap()).unwrap();
    let file = fixture();
    let arguments = [
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "-czf",
        file.to_str().unwrap(),
        "-C",
    ];
    let store = world.sandbox.cache("");
    let run = world.sandbox.run(
        "tar",
        arguments.into_iter().chain([store.to_str().unwrap(), "CACHEDIR.TAG", "v1"]),
    );
    let _ = run.success();
    let asked = format!("-i {} {PINNED}\n", world.index.url());
    fs::write(fixture().with_file_name("format-1.txt"), asked).unwrap();
    for entry in WalkDir::new(store)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
    {
        let content = fs::read(entry.path()).unwrap();
        let text = String::from_utf8_lossy(&content);
        assert!(
            !text.contains("snapenv-it-") && !text.contains("/root"),
            "{}",
            entry.path().display()
        );
    }
}

fn unpacked() -> Sandbox {
    let sandbox = Sandbox::with_empty_store();
    let store = sandbox.cache("");
    let _ = sandbox
        .run("tar", ["-xzpf", fixture().to_str().unwrap(), "-C", store.to_str().unwrap()])
        .success();
    sandbox
}

fn report(sandbox: &Sandbox) -> Value {
    let run = sandbox.snapenv(["cache", "verify", "--json"]).success();
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn a_store_of_the_first_format_is_read() {
    let sandbox = unpacked();
    let found = report(&sandbox);
    assert_eq!(found["verdict"], "whole", "{found:#}");
    for none in ["findings", "newer", "unknown"] {
        assert_eq!(found[none], Value::Array(Vec::new()), "{found:#}");
    }
    let areas: Vec<&str> = found["whole"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["area"].as_str().unwrap())
        .collect();
    assert!(AREAS.iter().all(|area| areas.contains(area)), "{areas:?}");

    let (home, temporary) = (sandbox.cache(""), sandbox.root().join("tmp"));
    let places = Places {
        home: &home,
        read: &[],
        sharing: Sharing::Owner,
        temporary: &temporary,
        now: 0,
    };
    let store = Store::open(places).unwrap().store;
    let names = Listing::of(&sandbox.cache("v1/requests")).0;
    let mut requests = 0;
    for name in names.keys().filter_map(|path| path.rsplit('/').next()?.strip_suffix(".json")) {
        let [Named::Request(key)] = store.named(name)[..] else {
            panic!("{name}")
        };
        let record = store.request(key).unwrap();
        let whole = Snapshot::decode_as(store.snapshot(record.snapshot).unwrap(), record.snapshot, Extent::Whole).unwrap();
        let excerpt = Snapshot::decode_as(store.excerpt(record.snapshot).unwrap(), record.snapshot, Extent::Excerpt);
        assert_eq!(excerpt.unwrap().header.manifest, whole.header.manifest);
        for (one, preimage) in whole.header.distributions.iter().zip(whole.preimages().unwrap()) {
            let (known, _) = store.archived(one.distribution, &preimage).unwrap();
            assert_eq!((known.content, known.description.laid.name), (one.content, one.name.clone()));
        }
        requests += 1;
    }
    assert!(requests >= 3, "{names:?}");
    assert_eq!(store.take_damages(), []);

    let asked = fs::read_to_string(fixture().with_file_name("format-1.txt")).unwrap();
    let words = ["venv", "env", "--offline"].into_iter().chain(asked.split_whitespace());
    let run = sandbox.snapenv(words);
    if run.status.success() {
        let _ = run.success().says("from a known request").says("0 B fetched");
    } else {
        skipped(
            "a hit in a store of the first format",
            "it was made for another interpreter or platform",
        );
    }
}

/// Raises the format of a file of the store as a newer version would write it.
fn raise(path: &Path) {
    let content = fs::read(path).unwrap();
    if path.extension().is_some_and(|end| end == "json") {
        let text = String::from_utf8(content).unwrap();
        return fs::write(path, resealed(&text, &[("\"format\":1", "\"format\":99")])).unwrap();
    }
    let magic = content.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut raised = content.clone();
    raised[magic] = 99;
    let end = if path.extension().is_some_and(|end| end == "page") {
        raised.len() - 32
    } else {
        let length: [u8; 4] = raised[magic + 4..magic + 8].try_into().unwrap();
        magic + 8 + u32::from_le_bytes(length) as usize
    };
    let digest = *blake3::hash(&raised[..end]).as_bytes();
    raised[end..end + 32].copy_from_slice(&digest);
    fs::write(path, raised).unwrap();
}

#[test]
fn what_newer_formats_keep_is_left_alone() {
    let world = World::new();
    let of_tomorrow = world.sandbox.cache("v1/tomorrow/file");
    fs::create_dir_all(of_tomorrow.parent().unwrap()).unwrap();
    fs::write(&of_tomorrow, "new").unwrap();
    let raised: Vec<PathBuf> = [
        "requests",
        "snapshots",
        "archives",
        "index",
        "metadata",
        "interpreters",
        "roots",
    ]
    .iter()
    .flat_map(|area| world.files(area))
    .filter(|path| path.extension().is_some_and(|end| end != "gz"))
    .collect();
    for path in &raised {
        raise(path);
    }
    let before: Vec<Vec<u8>> = raised.iter().map(|path| fs::read(path).unwrap()).collect();
    let found = report(&world.sandbox);
    assert_ne!(found["verdict"], "damaged", "{found:#}");
    let newer = found["newer"].as_array().unwrap();
    let excerpts = raised
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "excerpt"))
        .count();
    assert_eq!(newer.len(), raised.len() - excerpts, "{found:#}");
    assert!(
        found["unknown"]
            .as_array()
            .unwrap()
            .iter()
            .any(|path| path.as_str().unwrap().ends_with("tomorrow"))
    );
    let _ = world.sandbox.snapenv(["cache", "verify", "--repair"]).success();
    let same = |what: &str| {
        for (path, before) in raised.iter().zip(&before) {
            // Only what was written anew of what is looked up need not be the same.
            assert!(fs::read(path).is_ok_and(|now| now == *before), "{what}: {}", path.display());
        }
        assert!(of_tomorrow.exists(), "{what}");
    };
    same("repaired");
    let _ = world.sandbox.snapenv(["cache", "prune"]).success();
    same("pruned");
    let kept = |path: &&PathBuf| {
        let areas = ["requests", "snapshots", "archives"].map(|area| world.sandbox.cache("v1").join(area));
        areas.iter().any(|area| path.starts_with(area))
    };
    let right = world.venv(PINNED).success();
    assert!(right.stderr.lines().all(|line| !line.starts_with("warning")), "{right}");
    let _ = world
        .sandbox
        .snapenv(["cache", "prune", "--max-size", "1", "--grace", "0s"])
        .success();
    for (path, before) in raised.iter().zip(&before).filter(|(path, _)| kept(path)) {
        assert!(fs::read(path).is_ok_and(|now| now == *before), "{}", path.display());
    }
}
