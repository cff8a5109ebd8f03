//! `cache export` and `cache import`: what one store had is a hit in another one, without a network; anything that is not whole is refused.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use snapenv::fs::sealed;
use tar::{Archive, Builder, EntryType, Header};

use crate::run::Run;
use crate::tree::Listing;
use crate::whole::{BUILT, LOOSE, PINNED, World, remove, warnings};

/// Long campaigns, as for damage.
const CAMPAIGN: &str = "SNAPENV_FLIPS";

const AREAS: [&str; 7] = ["requests", "snapshots", "archives", "trees", "index", "sources", "metadata"];

impl World {
    fn export(&self, arguments: &str) -> Run {
        let url = self.index.url();
        let fixed = ["cache", "export", "-i", url.as_str()];
        self.sandbox.snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
    }

    /// From now on, the store is another, empty one.
    fn move_on(&mut self, name: &str) -> PathBuf {
        let store = self.sandbox.work(name);
        fs::create_dir_all(&store).unwrap();
        self.sandbox.set("SNAPENV_CACHE_DIR", &store);
        store
    }

    fn import(&self, file: &Path) -> Run {
        self.sandbox.snapenv(["cache", "import", file.to_str().unwrap()])
    }
}

/// Whether a store has nothing.
fn is_empty(store: &Path) -> bool {
    let files = |area: &&str| Listing::of(&store.join("v1").join(area)).0.is_empty();
    AREAS.iter().all(files) && Listing::of(&store.join("v1/tmp")).0.is_empty()
}

#[test]
fn an_imported_request_is_a_hit_without_a_network() {
    let mut world = World::new();
    let _ = world.venv(PINNED).success();
    let right = world.environment();
    let _ = world
        .export(&format!("-o one.tar {PINNED}"))
        .success()
        .says("Exported 1 request");
    let _ = world.export(&format!("-o again.tar {PINNED}")).success();
    let file = world.sandbox.work("one.tar");
    assert_eq!(fs::read(&file).unwrap(), fs::read(world.sandbox.work("again.tar")).unwrap());
    let listed = world.sandbox.run("tar", ["tvf", file.to_str().unwrap()]).success();
    assert!(
        listed.stdout.lines().all(|line| line.starts_with("-rw-r--r-- 0/0")),
        "{listed}"
    );

    let store = world.move_on("elsewhere");
    let _ = world
        .import(&file)
        .success()
        .says("Imported 1 request, 1 snapshot, 3 distributions");
    let _ = world.import(&file).success().says("Imported 0 requests");
    world.index.withdraw("demo");
    let _ = world.index.take_requests();
    let run = world.venv(PINNED).success().says("from a known request").says("0 B fetched");
    assert_eq!(warnings(&run), Vec::<&str>::new());
    world.index.assert_not_asked();
    assert_eq!(world.environment(), right);
    let _ = world.sandbox.snapenv(["cache", "verify"]).success().says("is whole");
    // It came as it went.
    let _ = world.export(&format!("-o back.tar {PINNED}")).success();
    assert_eq!(fs::read(&file).unwrap(), fs::read(world.sandbox.work("back.tar")).unwrap());
    // What is not known is not exported.
    let _ = world
        .export("-o none.tar helper==1.0")
        .fails_with(1)
        .says("no whole answer")
        .says("hint:");
    assert!(!world.sandbox.work("none.tar").exists());
    remove(&store);
}

#[test]
fn everything_goes_through_a_pipe() {
    let mut world = World::new();
    let right: Vec<String> = [PINNED, LOOSE, BUILT]
        .iter()
        .map(|asked| {
            let _ = world.venv(asked).success();
            world.environment()
        })
        .collect();
    let elsewhere = world.sandbox.work("elsewhere");
    let program = format!(
        "'{0}' cache export --json | SNAPENV_CACHE_DIR='{1}' '{0}' cache import --json -",
        env!("CARGO_BIN_EXE_snapenv"),
        elsewhere.display()
    );
    let run = world.sandbox.run("sh", ["-c", program.as_str()]).success();
    let [exported, imported]: [Value; 2] = [&run.stderr, &run.stdout].map(|text| serde_json::from_str(text).unwrap());
    for count in ["requests", "snapshots", "distributions"] {
        assert_eq!(exported[count], imported[count], "{run}");
    }
    assert_eq!(exported["requests"], 3, "{run}");
    let _ = world.move_on("elsewhere");
    let _ = world.index.take_requests();
    for (asked, right) in [PINNED, LOOSE, BUILT].iter().zip(&right) {
        let _ = world.venv(&format!("--offline {asked}")).success().says("0 B fetched");
        assert_eq!(world.environment(), *right);
    }
    world.index.assert_not_asked();
}

#[test]
fn a_file_that_was_cut_or_altered_imports_nothing_that_is_not_right() {
    let mut world = World::new();
    let _ = world.export(&format!("-o one.tar {PINNED}")).success();
    let whole = fs::read(world.sandbox.work("one.tar")).unwrap();
    let altered = world.sandbox.work("altered.tar");
    let step = if std::env::var_os(CAMPAIGN).is_some() { 400 } else { 14 };
    let mut refused = 0;
    for number in 1..step {
        let at = number * whole.len() / step;
        let mut content = whole.clone();
        if number % 3 == 0 {
            content.truncate(at);
        } else {
            content[at] ^= 1 << (number % 8);
        }
        fs::write(&altered, &content).unwrap();
        let store = world.move_on(&format!("store-{number}"));
        let run = world.import(&altered);
        if run.status.success() {
            // It was in what fills blocks up.
            let _ = world.export(&format!("-o back.tar {PINNED}")).success();
            assert_eq!(fs::read(world.sandbox.work("back.tar")).unwrap(), whole, "{number}");
        } else {
            let _ = run.fails_with(1).says("nothing of it was imported");
            assert!(is_empty(&store), "{number}");
            refused += 1;
        }
        remove(&store);
    }
    assert!(refused > step / 2, "{refused} of {step}");
}

/// Members of an export, with their contents.
fn members(file: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = Archive::new(fs::File::open(file).unwrap());
    let read = |entry: std::io::Result<tar::Entry<fs::File>>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (entry.path().unwrap().to_str().unwrap().to_owned(), content)
    };
    archive.entries().unwrap().map(read).collect()
}

/// An export of these members, with a manifest that agrees with them.
fn pack(file: &Path, members: &[(String, Vec<u8>)], odd: Option<(&str, EntryType)>) {
    let mut builder = Builder::new(fs::File::create(file).unwrap());
    let mut add = |name: &str, content: &[u8], kind: EntryType| {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        // Names that `set_path` refuses are what this is about.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, content).unwrap();
    };
    let own = |name: &str| name.starts_with("snapenv-");
    let rows: Vec<Value> = members
        .iter()
        .filter(|(name, _)| !own(name))
        .map(
            |(name, content)| json!({"name": name, "bytes": content.len(), "blake3": blake3::hash(content).to_hex().to_string()}),
        )
        .collect();
    for (name, content) in members.iter().filter(|(name, _)| name != "snapenv-manifest.json") {
        add(name, content, EntryType::Regular);
    }
    if let Some((name, kind)) = odd {
        add(name, b"", kind);
    }
    let manifest = serde_json::to_vec(&json!({"format": 1, "members": rows})).unwrap();
    add("snapenv-manifest.json", &sealed(manifest), EntryType::Regular);
    builder.finish().unwrap();
}

#[test]
fn hostile_exports_are_refused() {
    let mut world = World::new();
    let _ = world.export(&format!("-o one.tar {PINNED}")).success();
    let good = members(&world.sandbox.work("one.tar"));
    let file = world.sandbox.work("hostile.tar");
    let store = world.move_on("elsewhere");
    let refused = |members: &[(String, Vec<u8>)], odd: Option<(&str, EntryType)>, reason: &str| {
        pack(&file, members, odd);
        let _ = world.import(&file).fails_with(1).says(reason);
        assert!(is_empty(&store), "{reason}");
        assert!(!world.sandbox.root().join("evil").exists() && !Path::new("/tmp/snapenv-evil").exists());
    };
    let with = |name: &str, content: &[u8]| {
        let mut members = good.clone();
        members.push((name.to_owned(), content.to_owned()));
        members
    };
    for name in [
        "../evil",
        "/tmp/snapenv-evil",
        "requests/../../evil.json",
        "requests/x.json",
        "archives/a b.json",
        "pip/.json",
    ] {
        refused(&with(name, b"{}"), None, "no export has such a member");
    }
    let key = "f".repeat(64);
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Directory,
        EntryType::Fifo,
        EntryType::Block,
    ] {
        refused(&good, Some((&format!("requests/{key}.json"), kind)), "only regular files");
    }
    refused(&with(&good[1].0, &good[1].1), None, "out of order, or there twice");
    refused(
        &with(&format!("requests/{key}.json"), b"{}"),
        None,
        "its check does not match",
    );
    refused(&good[1..], None, "no export of snapenv");
    let newer = sealed(br#"{"format":2}"#.to_vec());
    let mut of_tomorrow = good.clone();
    of_tomorrow[0].1 = newer;
    refused(&of_tomorrow, None, "newer format");
    let without = |start: &str| -> Vec<_> { good.iter().filter(|(name, _)| !name.starts_with(start)).cloned().collect() };
    refused(&without("snapshots/"), None, "what it needs is not there");
    refused(&without("archives/"), None, "not there");
    // Sealed by somebody who knows how, but of something else.
    let request = good.iter().find(|(name, _)| name.starts_with("requests/")).unwrap();
    let mut other = without("requests/");
    other.push((format!("requests/{key}.json"), request.1.clone()));
    refused(&other, None, "it is the record of something else");
    let mut swapped = good.clone();
    let archives: Vec<usize> = (0..good.len()).filter(|at| good[*at].0.ends_with(".tar.gz")).collect();
    swapped[archives[0]].1 = good[archives[1]].1.clone();
    refused(&swapped, None, "another");
    pack(&file, &good, None);
    let _ = world.import(&file).success();
}

#[test]
fn who_exports_may_be_killed_and_others_may_prune() {
    let world = World::new();
    let pause = |number: u64| Duration::from_millis(number * 3);
    for number in 0..8 {
        let mut child = world
            .sandbox
            .snapenv_command(["cache", "export", "-o", "killed.tar"])
            .spawn()
            .unwrap();
        thread::sleep(pause(number));
        let _ = child.kill();
        let _ = child.wait().unwrap();
        let left: Vec<String> = Listing::of(&world.sandbox.work(""))
            .0
            .into_keys()
            .filter(|path| path.contains("killed") || path.contains("export"))
            .collect();
        assert!(left.is_empty() || left == ["killed.tar"], "{left:?}");
        let file = world.sandbox.work("killed.tar");
        if file.exists() {
            let _ = members(&file)
                .last()
                .filter(|(name, _)| name == "snapenv-manifest.json")
                .unwrap();
            fs::remove_file(file).unwrap();
        }
    }
    thread::scope(|scope| {
        let pruning = scope.spawn(|| {
            for _ in 0..3 {
                let _ = world.sandbox.snapenv(["cache", "purge"]).success();
                let _ = world.venv(PINNED).success();
            }
        });
        let mut number = 0;
        while !pruning.is_finished() {
            let (file, store) = (
                world.sandbox.work("pruned.tar"),
                world.sandbox.work(format!("store-{number}")),
            );
            let _ = world.sandbox.snapenv(["cache", "export", "-o", "pruned.tar"]).success();
            let mut command = world.sandbox.snapenv_command(["cache", "import", file.to_str().unwrap()]);
            command.env("SNAPENV_CACHE_DIR", &store);
            let _ = world.sandbox.finish(command).success();
            remove(&store);
            number += 1;
        }
    });
}
