//! Sdists and direct references, resolved without pip: the answers are pip's.

use std::fs;

use serde_json::Value;

use crate::artifact::Artifact;
use crate::index::Index;
use crate::known_pip;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::{Kind, SdistBuilder};
use crate::wheel_builder::WheelBuilder;

/// An environment `.venv` with nothing but pip, and an index.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) index: Index,
}

impl World {
    pub(crate) fn new() -> Self {
        let (mut sandbox, index) = (Sandbox::new(), Index::start());
        index.publish(WheelBuilder::new("helper", "1.0").build());
        index.publish(WheelBuilder::new("helper", "2.0").requires("deep").build());
        index.publish(WheelBuilder::new("deep", "3.0").build());
        index.publish(WheelBuilder::new("tool", "1.0").build());
        let _ = sandbox.venv(&index, ".venv", "").success();
        known_pip::watch(&mut sandbox);
        Self { sandbox, index }
    }

    /// `snapenv install -v` into it.
    pub(crate) fn install(&self, arguments: &str) -> Run {
        let url = self.index.url();
        let fixed = ["install", "--python", ".venv", "-i", url.as_str(), "-v"];
        self.sandbox.snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
    }

    /// Demands that no pip is started, and that the answer is the one that pip gives.
    #[track_caller]
    pub(crate) fn same_as_pip(&self, arguments: &str) -> Vec<Value> {
        let dry = |more: &str| self.install(&format!("--dry-run --report - {more} {arguments}")).success();
        let ours = report(&dry("").says("answered resolved as by pip"));
        // All metadata is in it when most of it was seen before, too.
        assert_eq!(report(&dry("")), ours, "{arguments}");
        assert_eq!(known_pip::started(&self.sandbox), Vec::<String>::new());
        let pips = report(&dry("--resolver pip").says("resolving with pip"));
        assert_ne!(known_pip::started(&self.sandbox), Vec::<String>::new());
        assert_eq!(ours, pips, "{arguments}");
        ours
    }

    /// Writes an archive into the working folder; the answer names it.
    pub(crate) fn save(&self, artifact: &Artifact) -> String {
        self.sandbox.write(&artifact.filename, &artifact.bytes);
        format!("./{}", artifact.filename)
    }

    /// Publishes an archive; the answer is its URL with its digest.
    pub(crate) fn url(&self, artifact: &Artifact) -> String {
        self.index.publish(artifact.clone());
        format!("{}#sha256={}", self.index.file_url(artifact), artifact.sha256())
    }
}

/// What a report says of distributions, by name.
fn report(run: &Run) -> Vec<Value> {
    let (start, end) = (run.stdout.find('{').unwrap(), run.stdout.rfind("\nWould install"));
    let json = &run.stdout[start..end.unwrap_or(run.stdout.len())];
    let mut report: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}\n{run}"));
    let install = report["install"].as_array_mut().unwrap();
    install.sort_by_key(|one| one["metadata"]["name"].to_string());
    std::mem::take(install)
}

#[test]
fn an_editable_beside_requirements_starts_no_pip() {
    let world = World::new();
    let sandbox = &world.sandbox;
    SdistBuilder::new("My.App", "1.0")
        .requires("helper<2")
        .write_to(&sandbox.work(""));
    SdistBuilder::new("other", "1.5")
        .requires("tool; extra == 'more'")
        .build_requires("tool")
        .write_to(&sandbox.work("other folder"));
    sandbox.write("requirements.txt", "helper\ntool==1.0\n");
    assert_eq!(world.same_as_pip("-r requirements.txt -e .").len(), 3);
    sandbox.write("folders.txt", "./other folder[more]\nhelper\n");
    let _ = world.same_as_pip("-r folders.txt .");
    // What was resolved is installed as pip installs it.
    let run = world.install("-r requirements.txt -e .").success();
    let run = run.never_says("resolving with pip");
    assert_eq!(known_pip::started(sandbox), Vec::<String>::new(), "{run}");
    let site = sandbox.python().site_packages(&sandbox.work(".venv"));
    assert!(site.join("__editable__my_app.pth").is_file());
    assert!(site.join("helper").is_dir());
    for options in ["", "--link-mode layered"] {
        let folder = format!("new{}", options.len());
        let run = sandbox.venv(&world.index, &folder, &format!("{options} -r requirements.txt -e . -v"));
        let run = run.success().says("building editable my-app");
        assert_eq!(known_pip::started(sandbox), Vec::<String>::new(), "{run}");
        let site = sandbox.python().site_packages(&sandbox.work(&folder));
        let record = fs::read_to_string(site.join("my_app-1.0.dist-info/direct_url.json")).unwrap();
        assert!(
            record.starts_with(r#"{"dir_info": {"editable": true}, "url": "file:///"#),
            "{record}"
        );
        assert!(site.join("__editable__my_app.pth").is_file());
        let seen = sandbox.run(sandbox.work(&folder).join("bin/python"), ["-c", "import my_app, helper"]);
        let _ = seen.success();
    }
    sandbox.assert_nothing_half_done();
}

#[test]
fn an_editable_that_is_in_the_way_of_another_is_installed_by_pip() {
    let world = World::new();
    let sandbox = &world.sandbox;
    // Both have a script of this name: of two, pip keeps the one that is installed last.
    world
        .index
        .publish(WheelBuilder::new("first", "1.0").console("tool", "first:main").build());
    SdistBuilder::new("second", "1.0")
        .console("tool", "second:main")
        .write_to(&sandbox.work("second"));
    let run = sandbox.venv(&world.index, "new", "first -e ./second -v").success();
    let _ = run
        .says("pip installs editable projects")
        .says("installing editable projects with pip");
    let script = fs::read_to_string(sandbox.work("new/bin/tool")).unwrap();
    assert!(script.contains("second"), "{script}");
}

#[test]
fn archives_of_the_users_are_looked_into() {
    let world = World::new();
    let wheel = WheelBuilder::new("local", "1.0").requires("helper").build();
    let sdist = SdistBuilder::new("source", "2.0").requires("helper>1").build();
    let _ = world.same_as_pip(&format!("{} {}", world.save(&wheel), world.save(&sdist)));
    let (wheels, sdists) = (world.url(&wheel), world.url(&sdist));
    let _ = world.same_as_pip(&format!("{wheels} {sdists}"));
    let plain = world.index.file_url(&wheel);
    world
        .sandbox
        .write("hashed.txt", format!("local @ {plain} --hash=sha256:{}\n", wheel.sha256()));
    let _ = world.same_as_pip("--no-deps -r hashed.txt");
    world.sandbox.write("constraint.txt", format!("local @ {wheels}\n"));
    let answer = world.same_as_pip("-c constraint.txt local");
    assert_eq!(answer[2]["is_direct"], true, "{answer:#?}");
    // A wrong hash is pip's to refuse, and so are requirements that contradict.
    world
        .sandbox
        .write("hashed.txt", format!("local @ {plain} --hash=sha256:{}\n", "0".repeat(64)));
    let _ = world
        .install("--dry-run --no-deps -r hashed.txt")
        .fails()
        .says(&wheel.sha256());
    let run = world.install(&format!("--dry-run {wheels} local<1")).fails_with(1);
    let _ = run.says("The conflict is caused by").never_says("resolving with pip");
}

#[test]
fn sdists_of_an_index_are_built_once() {
    let world = World::new();
    let (sandbox, index) = (&world.sandbox, &world.index);
    index.publish(SdistBuilder::new("maker", "1.0").build());
    index.publish(
        SdistBuilder::new("source", "2.0")
            .requires("helper<2")
            .build_requires("maker")
            .build(),
    );
    index.publish(SdistBuilder::new("broken", "1.0").kind(Kind::Broken).build());
    let _ = world.same_as_pip("source");
    let run = world.install("source").success();
    assert_eq!(known_pip::started(sandbox), Vec::<String>::new());
    let _ = run.never_says("building source").never_says("preparing metadata");
    let run = world.install("broken helper").fails_with(1);
    let _ = run.says("libnothing.h").says("broken 1.0").never_says("resolving with pip");
    assert_eq!(known_pip::started(sandbox), Vec::<String>::new());
}

#[test]
fn dependencies_alone_are_installed_without_pip() {
    let world = World::new();
    let sandbox = &world.sandbox;
    SdistBuilder::new("app", "1.0")
        .requires("Helper>1")
        .requires("tool")
        .write_to(&sandbox.work("app"));
    let _ = world.install("tool").success();
    // The pip of these tests does not know the option: its words are those of pip 26.3.
    let run = world.install("--dry-run --only-deps ./app").success();
    assert!(run.stdout.ends_with("Would install deep-3.0 helper-2.0\n"), "{run}");
    world
        .index
        .publish(WheelBuilder::new("app", "1.0").requires("Helper>1").requires("tool").build());
    let run = world.install("--only-deps app").success();
    let run = run
        .says("Requirement already satisfied: tool in ./.venv/")
        .says("Successfully installed Helper-2.0 deep-3.0");
    let _ = run.never_says("app-1.0");
    let _ = sandbox.venv(&world.index, "none", "--only-deps helper deep==3.0").success();
    let site = sandbox.python().site_packages(&sandbox.work("none"));
    assert!(site.join("pip").is_dir() && !site.join("deep").exists() && !site.join("helper").exists());
    let run = sandbox.venv(&world.index, "new", "--only-deps helper").success();
    assert_eq!((run.hits(), run.misses()), (1, 0), "{run}");
    let site = sandbox.python().site_packages(&sandbox.work("new"));
    assert!(site.join("deep").is_dir() && !site.join("helper").exists());
    assert_eq!(known_pip::started(sandbox), Vec::<String>::new());
    // What pip refuses is for pip to refuse.
    sandbox.write("requirements.txt", "helper\n");
    let _ = world.install("--only-deps -r requirements.txt").fails();
    assert_ne!(known_pip::started(sandbox), Vec::<String>::new());
}

/// Found on the way: a file was installed whatever hash was asked for, if its page told another one.
#[test]
fn the_page_of_a_file_does_not_overrule_the_users_hash() {
    let world = World::new();
    let wrong = "0".repeat(64);
    world
        .sandbox
        .write("locked.txt", format!("helper==1.0 --hash=sha256:{wrong}\n"));
    let run = world.install("-r locked.txt").fails_with(1);
    let _ = run.says(&wrong);
}

/// An archive of two projects, `one` and `deep/two`.
fn repository(world: &World) -> Artifact {
    let folder = world.sandbox.work("repository");
    SdistBuilder::new("one", "1.0")
        .requires("helper<2")
        .write_to(&folder.join("one"));
    SdistBuilder::new("two", "2.0")
        .requires("tool")
        .write_to(&folder.join("deep/two"));
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    tar.append_dir_all("repository-main", &folder).unwrap();
    Artifact {
        project: "repository".to_owned(),
        filename: "main.tar.gz".to_owned(),
        bytes: tar.into_inner().unwrap().finish().unwrap().into(),
        metadata: None,
        requires_python: None,
        yanked: None,
    }
}

#[test]
fn projects_within_an_archive_are_built_where_they_lie() {
    let world = World::new();
    let sandbox = &world.sandbox;
    let archive = repository(&world);
    let url = world.url(&archive);
    let _ = world.save(&archive);
    let local = format!("file://{}", sandbox.work("main.tar.gz").display());
    sandbox.write(
        "parts.txt",
        format!("one @ {url}&subdirectory=one\n{local}#subdirectory=deep/two\n"),
    );
    let answer = world.same_as_pip("-r parts.txt");
    assert_eq!(answer[1]["download_info"]["subdirectory"], "one", "{answer:#?}");
    let run = world.install("-r parts.txt").success();
    assert_eq!(known_pip::started(sandbox), Vec::<String>::new(), "{run}");
    let site = sandbox.python().site_packages(&sandbox.work(".venv"));
    assert!(site.join("one/__init__.py").is_file() && site.join("two/__init__.py").is_file());
    // Two parts of one archive are two distributions, each known from then on, named or not.
    let venv = |folder: &str, what: &str| sandbox.venv(&world.index, folder, &format!("-v {what}"));
    let run = venv("other", &format!("{url}&subdirectory=deep/two")).success();
    assert_eq!((run.hits(), run.misses()), (2, 0), "{run}");
    let run = venv("again", &format!("{url}&subdirectory=deep/two")).success();
    let _ = run.says("which the index confirms");
    let run = venv("first", &format!("{url}&subdirectory=one")).success();
    assert_eq!((run.hits(), run.misses()), (2, 0), "{run}");
    assert_eq!(known_pip::started(sandbox), Vec::<String>::new());
    // What leads out of the archive is pip's to judge.
    let _ = world
        .install(&format!("--dry-run {url}&subdirectory=../one"))
        .fails()
        .says("pip is asked");
    let _ = venv("none", &format!("{url}&subdirectory=three"))
        .fails_with(1)
        .says("three")
        .never_says("resolving with pip");
}
