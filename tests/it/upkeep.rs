//! `snapenv cache info|list|remove|purge|prune|dir` (docs/upkeep.md): what they tell, what goes, what stays, and that the next environment is right
//! whatever went.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use walkdir::WalkDir;

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

const BOTH: &str = "--no-seed demo==1.0 helper==1.0";

struct World {
    sandbox: Sandbox,
    index: Index,
}

impl World {
    fn new() -> Self {
        // No pips that others have asked for are in the figures.
        let (sandbox, index) = (Sandbox::with_empty_store(), Index::of_hollow_pip());
        for version in ["1.0", "2.0", "3.0"] {
            let wheel = WheelBuilder::new("demo", version).file("demo/bulk.py", format!("# {version}\n").repeat(20_000));
            index.publish(wheel.build());
        }
        index.publish(WheelBuilder::new("helper", "1.0").build());
        Self { sandbox, index }
    }

    /// A new environment, which has to have what was asked for.
    #[track_caller]
    fn venv(&self, folder: &str, arguments: &str) -> Run {
        let run = self.sandbox.venv(&self.index, folder, arguments).success();
        self.works(folder, arguments);
        run
    }

    #[track_caller]
    fn works(&self, folder: &str, arguments: &str) {
        let wanted = arguments.split(' ').filter_map(|word| word.split_once("=="));
        let checks = wanted.map(|(name, version)| format!("import {name}; assert {name}.__version__ == '{version}'"));
        let program = checks.collect::<Vec<_>>().join("\n");
        let python = self.sandbox.work(folder).join("bin/python");
        let _ = self.sandbox.run(python, ["-I", "-c", &program]).success();
    }

    #[track_caller]
    fn cache(&self, arguments: &str) -> Run {
        self.sandbox
            .snapenv(["cache"].into_iter().chain(arguments.split_whitespace()))
            .success()
    }

    #[track_caller]
    fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.cache(arguments).stdout).unwrap()
    }

    /// Everything in the store was made, and last used, so many days ago.
    fn age(&self, days: u64) {
        let then = SystemTime::now() - Duration::from_hours(24 * days);
        let times = fs::FileTimes::new().set_accessed(then).set_modified(then);
        for entry in WalkDir::new(self.sandbox.cache("v1")).contents_first(true) {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(self.sandbox.cache("v1")).unwrap();
            // The times of files in trees and layers say whether they were changed.
            let is_content = ["trees", "merged", "quarantine"].iter().any(|area| path.starts_with(area));
            if !(is_content && entry.depth() > 3) {
                File::open(entry.path()).unwrap().set_times(times).unwrap();
            }
        }
    }

    /// The versions of a project that are archived.
    fn versions(&self, project: &str) -> Vec<String> {
        let folder = self.sandbox.cache("v1/archives").join(project);
        let archives = Listing::of(&folder).0.into_keys().filter(|path| path.ends_with(".tar.gz"));
        archives.map(|path| path.split('/').next().unwrap().to_owned()).collect()
    }

    /// What can be seen of the store without reading it: names, sizes, times.
    fn seen(&self) -> Vec<(PathBuf, u64, SystemTime)> {
        let entries = WalkDir::new(self.sandbox.cache("")).sort_by_file_name().into_iter();
        let entries = entries.map(|entry| {
            let entry = entry.unwrap();
            let found = entry.metadata().unwrap();
            (entry.into_path(), found.len(), found.modified().unwrap())
        });
        entries.collect()
    }
}

fn reasons(pruned: &Value) -> Vec<String> {
    let removed = pruned["removed"].as_array().unwrap().iter();
    let distributions = removed.filter(|one| one["area"] == "archives");
    let mut lines: Vec<String> = distributions
        .map(|one| format!("{} {}", one["reason"].as_str().unwrap(), one["entry"].as_str().unwrap()))
        .map(|line| line.split(" (").next().unwrap().to_owned())
        .collect();
    lines.sort();
    lines
}

#[test]
fn the_verbs_that_pip_has_mean_what_they_mean_to_pip() {
    let world = World::new();
    refusals_are_pips(&world);
    // Of runs that were before the test.
    let _ = fs::remove_file(world.sandbox.cache("v1/runs.log"));
    let _ = world.venv("first", BOTH);
    let _ = world.venv("second", BOTH);
    // Last use is told in seconds, and these runs may be in the same one.
    world.age(1);
    let _ = world.venv("third", "--no-seed demo==2.0");
    info_tells_what_there_is(&world);
    let listed = world.cache("list").stdout;
    let lines: Vec<&str> = listed.lines().skip(2).map(|line| line.split(" (").next().unwrap()).collect();
    let found = |line: &&str| !line.contains("pip");
    let found: Vec<&str> = lines.into_iter().filter(found).collect();
    assert_eq!(found, [" - demo 1.0", " - demo 2.0", " - helper 1.0"], "{listed}");
    assert_eq!(world.cache("list demo-1").stdout.matches(" - ").count(), 1);
    let paths = world.cache("list d*o --format abspath").stdout;
    assert!(
        paths.lines().count() == 2 && paths.lines().all(|path| Path::new(path).is_file()),
        "{paths}"
    );
    assert_eq!(world.json("list helper --format json")[0]["version"], "1.0");
    assert_eq!(world.cache("list nothing --format abspath").stdout, "");

    let _ = world.cache("remove demo-2*").never_says("warning");
    assert_eq!(world.versions("demo"), ["1.0"]);
    assert_eq!(world.venv("fourth", "--no-seed demo==2.0").misses(), 1);
    assert_eq!(world.venv("fifth", BOTH).hits(), 2);
    let _ = world.cache("purge");
    let _ = world.cache("list").says("No distributions");
    assert_eq!(world.json("info --json")["bytes"], 0);
    // What was said of runs stays: it is no entry.
    assert_eq!(world.json("info --json")["runs"]["count"], 6);
    assert_eq!(world.venv("sixth", BOTH).misses(), 2);
}

/// Exit codes and words, beside those of pip.
fn refusals_are_pips(world: &World) {
    const PROGRAM: &str = "import json, sys\n\
        sys.path.insert(0, sys.argv[1])\n\
        from pip._internal.cli.main import main\n\
        print(json.dumps([main(['cache', *line.split(), '--disable-pip-version-check']) for line in sys.argv[2:]]))\n";
    let asked = [
        "dir x",
        "info x",
        "list a b",
        "remove",
        "remove a b",
        "purge x",
        "remove nope",
        "remove a/b",
        "list [a",
    ];
    let wheel = world.sandbox.python().pip_wheel().to_str().unwrap();
    let program = ["-c", PROGRAM, wheel].into_iter().chain(asked);
    let pip = world.sandbox.run(&world.sandbox.python().executable, program).success();
    let codes: Vec<i32> = serde_json::from_str(pip.stdout.lines().last().unwrap()).unwrap();
    let mut said = pip.stderr.lines().filter_map(|line| line.split_once(": "));
    for (line, code) in asked.iter().zip(codes) {
        let run = world.sandbox.snapenv(["cache"].into_iter().chain(line.split_whitespace()));
        let run = run.fails_with(code);
        if code != 0 || line.starts_with("remove") {
            let (level, words) = said.next().unwrap();
            let _ = run.says(&format!("{}: {words}", level.to_lowercase()));
        }
    }
    assert_eq!(said.next(), None);
}

fn info_tells_what_there_is(world: &World) {
    let long_ago = "1700000000 hit 2 0 100 60100\n";
    let log = File::options().append(true).open(world.sandbox.cache("v1/runs.log"));
    log.unwrap().write_all(long_ago.as_bytes()).unwrap();
    let info = world.json("info --json");
    let runs = &info["runs"];
    assert_eq!((&runs["count"], &runs["hits"]), (&4.into(), &2.into()), "{info}");
    assert!(runs["saved_seconds"].as_u64().unwrap() >= 60, "{info}");
    let names = |key: &str| -> Vec<String> {
        let rows = info[key].as_array().unwrap().iter();
        rows.map(|row| format!("{} {}", row["name"].as_str().unwrap(), row["version"].as_str().unwrap()))
            .filter(|name| !name.starts_with("pip "))
            .collect()
    };
    assert_eq!(names("largest").len(), 3);
    let sizes: Vec<u64> = info["largest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["bytes"].as_u64().unwrap())
        .collect();
    assert!(sizes.is_sorted_by(|one, next| one >= next), "{sizes:?}");
    assert_eq!(names("oldest").last().unwrap(), "demo 2.0");
    let total: u64 = info["areas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|area| area["bytes"].as_u64().unwrap())
        .sum();
    assert_eq!(info["bytes"], total);

    let table = world.cache("info").stdout;
    let columns = |word: &str| -> Vec<Vec<&str>> {
        let lines = table.lines().filter(|line| line.starts_with(word));
        lines.map(|line| line.split_whitespace().collect()).collect()
    };
    let trees = &columns("trees")[0];
    assert!(trees.len() == 5 && trees[4].chars().all(|letter| letter == '#'), "{table}");
    assert_eq!(columns("requests")[0][1], "2", "{table}");
    assert_eq!(columns("runs")[0][1..4], ["4", "2", "hits"], "{table}");
    assert!(columns("largest").len() >= 3 && columns("oldest").len() >= 3, "{table}");
    // What lies on a line begins in the same column on all of them.
    let ends = table
        .lines()
        .skip(1)
        .filter(|line| line.starts_with("trees ") || line.starts_with("largest "));
    assert!(
        ends.clone()
            .all(|line| line.get(33..36).is_some_and(|gap| gap.starts_with("B  "))),
        "{table}"
    );
}

#[test]
fn pruning_takes_what_it_is_told_and_nothing_else() {
    let mut world = World::new();
    for (number, wanted) in [BOTH, "--no-seed demo==2.0", "--no-seed demo==3.0"].iter().enumerate() {
        let _ = world.venv(&format!("first-{number}"), wanted);
    }
    a_dry_run_touches_nothing(&world);
    the_last_use_counts(&world);
    versions_and_trees(&world);
    what_is_in_use_stays(&world);
    a_run_prunes_what_is_beyond_the_limit(&mut world);
}

fn a_dry_run_touches_nothing(world: &World) {
    world.age(100);
    let before = world.seen();
    let pruned = world.json("prune --dry-run --older-than 30d --json");
    assert_eq!(world.seen(), before);
    assert_eq!(pruned["dry_run"], true);
    let number = |field: &str| pruned[field].as_u64().unwrap();
    assert_eq!(
        number("bytes_before") - number("bytes_after"),
        number("bytes_freed"),
        "{pruned}"
    );
    assert_eq!((number("bytes_after"), number("spared")), (0, 0), "{pruned}");
    for entry in pruned["removed"].as_array().unwrap() {
        assert!(Path::new(entry["path"].as_str().unwrap()).exists(), "{entry}");
        assert!(
            entry["used"].as_u64().unwrap() > 1_000_000_000 && entry["reason"] == "older-than",
            "{entry}"
        );
    }
    let told = world.cache("prune --dry-run --older-than 30d").stdout;
    let line = told
        .lines()
        .find(|line| line.ends_with("demo 1.0 (cp311-none-any)") || line.contains(" demo 1.0 ("));
    assert!(line.unwrap().starts_with("older-than    100 d "), "{told}");
    assert!(told.lines().last().unwrap().starts_with("Would remove "), "{told}");
    let _ = world
        .sandbox
        .snapenv(["cache", "prune", "--older-than", "soon"])
        .fails_with(2);
    let _ = world
        .sandbox
        .snapenv(["cache", "prune", "--max-size", "5X"])
        .fails_with(2)
        .says("--max-size");
}

/// Of a hit, the request, its snapshot and all that is in it are used.
fn the_last_use_counts(world: &World) {
    assert_eq!(world.venv("again", BOTH).hits(), 2);
    let pruned = world.json("prune --older-than 30d --json");
    assert_eq!(pruned["dry_run"], false);
    assert_eq!(world.versions("demo"), ["1.0"], "{pruned}");
    assert_eq!(
        reasons(&pruned)[..2],
        ["older-than demo 2.0", "older-than demo 3.0"],
        "{pruned}"
    );
    assert_eq!(world.venv("still", BOTH).hits(), 2);
    assert_eq!(world.venv("anew", "--no-seed demo==2.0").misses(), 1);
    assert_eq!(world.venv("third", "--no-seed demo==3.0").misses(), 1);
    world.sandbox.assert_nothing_half_done();
}

fn versions_and_trees(world: &World) {
    let _ = world.cache("prune --trees-only --max-size 0 --grace 0s");
    let trees = Listing::of(&world.sandbox.cache("v1/trees")).0;
    assert!(trees.keys().all(|path| !path.contains('/')), "{trees:?}");
    assert_eq!(world.versions("demo").len(), 3);
    assert_eq!(world.venv("of-archives", BOTH).hits(), 2);
    world.age(2);
    assert_eq!(world.venv("used-last", "--no-seed demo==2.0").hits(), 1);
    let pruned = world.json("prune --keep-last 1 --json");
    assert_eq!(world.versions("demo"), ["2.0"], "{pruned}");
    assert_eq!(world.versions("helper"), ["1.0"], "{pruned}");
    assert_eq!(world.venv("kept", "--no-seed demo==2.0").hits(), 1);
    assert_eq!(world.venv("gone", BOTH).misses(), 1);
}

/// By the grace time, and by layered environments.
fn what_is_in_use_stays(world: &World) {
    let left = |pruned: &Value| (pruned["bytes_after"].clone(), pruned["removed"].as_array().unwrap().len());
    let layered = "--link-mode layered --no-seed demo==1.0";
    let _ = world.venv("living", layered);
    world.age(100);
    let _ = world.venv("young", "--no-seed demo==2.0");
    let pruned = world.json("prune --older-than 30d --max-size 0 --json");
    assert_ne!(left(&pruned), (0.into(), 0), "{pruned}");
    assert_eq!(pruned["environments"].as_array().unwrap().len(), 1, "{pruned}");
    assert_eq!(world.versions("demo"), ["1.0", "2.0"]);
    world.works("living", layered);
    let _ = world
        .cache("prune --max-size 0 --grace 0s")
        .says("What 1 layered environment needs stays");
    assert_eq!(world.versions("demo"), ["1.0"]);
    let run = world.cache("purge").says("work/living").says("hint: make them flat first");
    assert_eq!(world.versions("demo"), ["1.0"], "{run}");
    let run = world.cache("remove demo").never_says("No matching");
    assert_eq!(world.versions("demo"), ["1.0"], "{run}");
    world.works("living", layered);
    assert_eq!(world.venv("another", layered).hits(), 1);
    for name in ["living", "another"] {
        fs::remove_dir_all(world.sandbox.work(name)).unwrap();
    }
    let _ = world.cache("purge");
    assert_eq!(world.json("info --json")["bytes"], 0);
    assert_eq!(world.venv("living", layered).misses(), 1);
    fs::remove_dir_all(world.sandbox.work("living")).unwrap();
}

fn a_run_prunes_what_is_beyond_the_limit(world: &mut World) {
    let _ = world.venv("large", BOTH);
    world.age(100);
    let _ = fs::remove_file(world.sandbox.cache("v1/measured.json"));
    world.sandbox.set("SNAPENV_MAX_SIZE", "100k");
    // A hit makes the store no larger.
    assert_eq!(world.venv("small", BOTH).hits(), 2);
    assert!(!world.sandbox.cache("v1/measured.json").exists());
    world.age(100);
    assert_eq!(world.venv("over", "--no-seed demo==3.0").misses(), 1);
    assert_eq!(
        (world.versions("demo"), world.versions("helper")),
        (vec!["3.0".to_owned()], vec![])
    );
    assert!(world.sandbox.cache("v1/measured.json").exists());
    let _ = world.cache("info").says("of 100.0 kB at most");
    assert_eq!(world.venv("after", BOTH).misses(), 2);
    world.sandbox.unset("SNAPENV_MAX_SIZE");
}

/// What stands in a store that is only read was counted as missing, and what was made of it as broken.
#[test]
fn what_is_made_of_a_store_that_is_only_read_is_not_broken() {
    let mut world = World::new();
    let _ = world.venv("first", BOTH);
    let _ = world.venv("second", "--no-seed demo==2.0");
    let below = world.sandbox.cache("");
    let own = world.sandbox.root().join("own");
    world.sandbox.set("SNAPENV_CACHE_DIR", &own);
    world.sandbox.set("SNAPENV_READ_STORES", "../cache:../nowhere");
    // These two were never asked for together.
    let wanted = "--no-seed demo==2.0 helper==1.0";
    let before = Listing::fingerprint(&below);
    assert_eq!(world.venv("mixed", wanted).hits(), 2);
    assert!(own.join("v1/snapshots").exists() && !own.join("v1/archives").exists());
    let pruned = world.json("prune --grace 0s --json");
    assert_eq!(pruned["removed"], Value::Array(vec![]));
    let _ = world.venv("again", wanted).says("from a known request");
    let info = world.json("info --json");
    let states: Vec<&Value> = info["read_stores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|store| &store["state"])
        .collect();
    assert_eq!(states, ["read", "absent"], "{info}");
    let table = world.cache("info").stdout;
    assert!(
        table.contains("cache (only read)") && table.contains("nowhere (not there)"),
        "{table}"
    );
    let _ = world.sandbox.snapenv(["doctor"]).success().says("cache (only read)");
    assert_eq!(Listing::fingerprint(&below), before);
}
