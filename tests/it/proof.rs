//! `snapenv verify`: whether an environment still is what was assembled.

mod diff;

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::wheel_builder::WheelBuilder;

const PINNED: &str = "demo==1.0 helper==1.0";

/// A store with two distributions of every kind of file.
struct World {
    sandbox: Sandbox,
    index: Index,
}

impl World {
    fn new() -> Self {
        let (sandbox, index) = (Sandbox::new(), Index::start());
        for version in ["1.0", "2.0"] {
            let demo = WheelBuilder::new("demo", version)
                .file("demo/static/demo.css", "body {}\n")
                .file("demo/inner/module.py", "VALUE = 1\n")
                .file("demo/inner/data.bin", vec![7; 100_000])
                .file("demo.pth", "import sys\n")
                .data("data", "share/demo/logo.svg", "<svg/>\n")
                .script("tool", format!("#!python\nprint('tool {version}')\n"))
                .console("demo", "demo.inner.module:print");
            index.publish(demo.build());
        }
        index.publish(WheelBuilder::new("helper", "1.0").file("share/in_library.txt", "x").build());
        index.publish(WheelBuilder::new("late", "1.0").console("late", "late:print").build());
        Self { sandbox, index }
    }

    fn venv(&self, folder: &str, arguments: &str) -> Run {
        self.sandbox.venv(&self.index, folder, arguments).success()
    }

    fn verify(&self, arguments: &str) -> Run {
        self.sandbox
            .snapenv(["verify"].into_iter().chain(arguments.split_whitespace()))
    }

    #[track_caller]
    fn is_whole(&self, folder: &str) {
        for depth in ["", "--quick"] {
            let run = self.verify(&format!("{folder} {depth}")).success();
            let _ = run.says("is what was assembled").never_says("note:");
        }
    }

    /// What is said of files, line by line.
    #[track_caller]
    fn said(&self, arguments: &str) -> Vec<String> {
        let run = self.verify(arguments).fails_with(1);
        let lines: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
        assert!(lines.last().unwrap().contains("is not what was assembled"), "{run}");
        lines[..lines.len() - 1].to_vec()
    }

    fn path(&self, environment: &str, path: &str) -> PathBuf {
        self.sandbox.work(environment).join(self.inside(path))
    }

    /// `@` is the library.
    fn inside(&self, path: &str) -> String {
        let library = self.sandbox.python().site_packages(Path::new(""));
        path.replace('@', library.to_str().unwrap())
    }
}

/// Writes one other byte in place, and puts the time back.
fn flip(path: &Path) {
    let before = fs::metadata(path).unwrap();
    let mut content = fs::read(path).unwrap();
    let last = content.len() - 1;
    content[last] ^= 1;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, before.permissions()).unwrap();
    let file = File::options().write(true).open(path);
    // Root may write what is read-only.
    if let Ok(file) = file {
        file.set_modified(before.modified().unwrap()).unwrap();
    }
}

/// Puts a file of its own in the place of a link, with the same content.
fn detach(path: &Path) {
    let content = fs::read(path).unwrap();
    let metadata = fs::metadata(path).unwrap();
    fs::remove_file(path).unwrap();
    fs::write(path, content).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(metadata.modified().unwrap()).unwrap();
}

/// Each of them a change that leaves the others alone, with what is said of it.
fn changes(world: &World) -> Vec<String> {
    let path = |path: &str| world.path("env", path);
    detach(&path("@/demo/inner/module.py"));
    flip(&path("@/demo/inner/module.py"));
    fs::remove_file(path("@/helper/__init__.py")).unwrap();
    fs::set_permissions(path("@/demo/static/demo.css"), fs::Permissions::from_mode(0o755)).unwrap();
    let data = path("share/demo/logo.svg");
    fs::rename(&data, world.sandbox.work("elsewhere.svg")).unwrap();
    symlink(world.sandbox.work("elsewhere.svg"), &data).unwrap();
    flip(&path("bin/tool"));
    flip(&path("bin/activate"));
    fs::remove_file(path("bin/python3")).unwrap();
    symlink("/bin/sh", path("bin/python3")).unwrap();
    fs::write(path("@/local.py"), "x = 1\n").unwrap();
    fs::write(path("@/demo/__pycache__/stray.cpython-311.pyc"), "never mind").unwrap();
    // Loaded without a look at its source.
    let unchecked = path("@/demo/__pycache__/__init__.cpython-312.pyc");
    fs::write(unchecked, [&[0; 4][..], &[1, 0, 0, 0], &[0; 8]].concat()).unwrap();
    let record = path("@/helper-1.0.dist-info/RECORD");
    fs::write(&record, [fs::read(&record).unwrap(), b"local.py,,\r\n".to_vec()].concat()).unwrap();
    let config = fs::read_to_string(path("pyvenv.cfg")).unwrap();
    let config = config.replace("packages = false", "packages = true");
    fs::write(path("pyvenv.cfg"), config).unwrap();
    let said = [
        "changed bin/activate: content",
        "changed bin/python3: content",
        "changed bin/tool (demo 1.0): content",
        "added @/demo/__pycache__/__init__.cpython-312.pyc",
        "added @/demo/__pycache__/stray.cpython-311.pyc",
        "changed @/demo/inner/module.py (demo 1.0): content",
        "changed @/demo/static/demo.css (demo 1.0): mode",
        "missing @/helper/__init__.py (helper 1.0)",
        "changed @/helper-1.0.dist-info/RECORD (helper 1.0): content",
        // RECORD says so.
        "added @/local.py (helper 1.0)",
        "changed pyvenv.cfg: content",
        "changed share/demo/logo.svg (demo 1.0): kind",
    ];
    said.iter().map(|line| world.inside(line)).collect()
}

#[test]
fn every_file_that_is_not_as_it_was_is_named() {
    let world = World::new();
    let _ = world.venv("env", PINNED);
    let expected = changes(&world);
    assert_eq!(world.said("env"), expected);
    // A forgery of the same size and time is all that looks do not tell.
    let module = world.inside("changed @/demo/inner/module.py (demo 1.0): content");
    let seen: Vec<String> = expected.iter().filter(|line| **line != module).cloned().collect();
    assert_eq!(world.said("env --quick"), seen);
    let run = world.verify("env --json").fails_with(1);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(found["verdict"], "changed");
    let differences = found["differences"].as_array().unwrap();
    assert_eq!(differences.len(), expected.len());
    let module = differences
        .iter()
        .find(|one| one["path"] == world.inside("@/demo/inner/module.py"))
        .unwrap();
    let known = serde_json::json!({
        "place": "environment", "path": world.inside("@/demo/inner/module.py"), "distribution": "demo 1.0", "change": "content",
    });
    assert_eq!(*module, known);
    assert!(differences.iter().any(|one| one["change"] == "missing"));
    // Other environments of the same store are what they were.
    let _ = world.venv("other", PINNED);
    world.is_whole("other");
    world.sandbox.assert_nothing_half_done();
}

#[test]
fn a_damaged_file_of_the_store_is_named_there_and_where_it_is_shared() {
    let world = World::new();
    let _ = world.venv("env", PINNED);
    let _ = world.venv("layered", &format!("--link-mode layered {PINNED}"));
    let shared = world.path("env", "@/demo/inner/data.bin");
    flip(&shared);
    let bytecode = fs::read_dir(world.path("env", "@/demo/inner/__pycache__")).unwrap().next();
    let bytecode = bytecode.unwrap().unwrap().path();
    flip(&bytecode);
    let named = |said: &[String], end: &str| said.iter().filter(|line| line.ends_with(end)).count();
    for (environment, place) in [("env", "changed lib/"), ("layered", "/v1/merged/")] {
        let said = world.said(environment);
        assert_eq!(said.len(), 4, "{said:?}");
        assert_eq!(named(&said, "demo/inner/data.bin (demo 1.0): content"), 2, "{said:?}");
        assert!(said.iter().any(|line| line.contains("/v1/trees/")), "{said:?}");
        assert!(said.iter().any(|line| line.contains(place)), "{said:?}");
    }
    // Without trees archives tell what was right, without archives RECORD does, as far as it goes.
    fs::remove_dir_all(world.sandbox.cache("v1/trees")).unwrap();
    let said = world.said("env");
    assert_eq!(said.len(), 2, "{said:?}");
    fs::remove_dir_all(world.sandbox.cache("v1/archives")).unwrap();
    let said = world.said("env");
    assert_eq!(named(&said, "data.bin (demo 1.0): content"), 1, "{said:?}");
    assert_eq!(named(&said, ".pyc (demo 1.0): content"), 0, "{said:?}");
    flip(&shared);
    let run = world.verify("env").fails_with(3).says("cannot tell");
    let _ = run.says("demo 1.0 is compared with its RECORD alone");
    // A snapshot that is not the one that was assembled proves nothing.
    let snapshot = world.verify("env --json").fails_with(3);
    let snapshot: serde_json::Value = serde_json::from_str(&snapshot.stdout).unwrap();
    let key = snapshot["snapshots"][0].as_str().unwrap().to_owned();
    let snapshot = world.sandbox.cache(format!("v1/snapshots/{}/{key}.snapshot", &key[..2]));
    flip(&snapshot);
    let said = world.said("env");
    assert!(said.iter().any(|line| line.ends_with(".snapshot: content")), "{said:?}");
    fs::remove_file(&snapshot).unwrap();
    let _ = world
        .verify("env")
        .fails_with(3)
        .says("has no snapshot")
        .says("only known to be there");
    flip(&shared);
    let said = world.said("env");
    assert_eq!(named(&said, "data.bin (demo 1.0): content"), 1, "{said:?}");
}

#[test]
fn what_snapenv_adds_belongs_there_and_what_pip_adds_is_named() {
    let world = World::new();
    let url = world.index.url();
    let install = |folder: &str, what: &str| {
        let run = world.sandbox.snapenv(["install", "--python", folder, "-i", &url, what]);
        run.success().says("Successfully installed")
    };
    for form in ["hardlink", "layered"] {
        let _ = world.venv(form, &format!("--link-mode {form} {PINNED}"));
        let _ = install(form, "late");
        world.is_whole(form);
    }
    // Over a layer that is native, too.
    let _ = install("layered", "demo==2.0");
    world.is_whole("layered");
    SdistBuilder::new("mine", "1.0")
        .console("mine", "mine:main")
        .write_to(&world.sandbox.work("project"));
    let _ = world.venv("editable", &format!("{PINNED} -e ./project"));
    world.is_whole("editable");
    fs::write(world.path("editable", "@/demo/own.py"), "").unwrap();
    assert_eq!(world.said("editable"), [world.inside("added @/demo/own.py")]);
    let pip = |arguments: &[&str]| {
        let fixed = ["-m", "pip", "--disable-pip-version-check"];
        let python = world.sandbox.work("hardlink/bin/python");
        let _ = world.sandbox.run(python, fixed.iter().chain(arguments)).success();
    };
    pip(&["uninstall", "-y", "late"]);
    let said = world.said("hardlink");
    assert!(
        said.iter()
            .all(|line| line.starts_with("missing") && line.ends_with("(late 1.0)")),
        "{said:?}"
    );
    pip(&["install", "-i", &url, "late"]);
    let said = world.said("hardlink");
    let installer = world.inside("changed @/late-1.0.dist-info/INSTALLER (late 1.0): content");
    assert!(said.contains(&installer), "{said:?}");
    pip(&["install", "-i", &url, "demo==2.0"]);
    let said = world.said("hardlink");
    assert!(
        said.contains(&world.inside("added @/demo-2.0.dist-info/METADATA (demo 2.0)")),
        "{said:?}"
    );
    assert!(
        said.contains(&world.inside("missing @/demo-1.0.dist-info/METADATA (demo 1.0)")),
        "{said:?}"
    );
}

#[test]
fn what_cannot_be_verified_is_said() {
    let world = World::new();
    let _ = world
        .verify("nowhere")
        .fails_with(1)
        .says("is no virtual environment")
        .says("hint:");
    world.sandbox.write("foreign/pyvenv.cfg", "home = /usr/bin\n");
    let _ = world
        .verify("foreign")
        .fails_with(1)
        .says("was not made by snapenv")
        .says("hint:");
    world.sandbox.write("newer/pyvenv.cfg", "snapenv = 9.0\nsnapenv-proof = 99\n");
    let _ = world.verify("newer").fails_with(1).says("format 99").says("hint:");
    let _ = world.verify("--never").fails_with(2);
    // Of an older version, or pip's on our behalf.
    let _ = world.venv("env", PINNED);
    let config = world.sandbox.work("env/pyvenv.cfg");
    let lines = fs::read_to_string(&config).unwrap();
    let lines: Vec<&str> = lines.lines().filter(|line| !line.starts_with("snapenv-")).collect();
    fs::write(&config, lines.join("\n")).unwrap();
    let _ = world.verify("env").fails_with(3).says("keeps no proof");
    flip(&world.path("env", "@/demo/inner/module.py"));
    assert_eq!(
        world.said("env")[0],
        world.inside("changed @/demo/inner/module.py (demo 1.0): content")
    );
}

#[test]
fn environments_of_every_form_are_whole() {
    let world = World::new();
    for mode in ["hardlink", "copy", "layered"] {
        let _ = world.venv(mode, &format!("--link-mode {mode} --prompt é=' {PINNED}"));
        world.is_whole(mode);
        // From the store, too.
        let _ = world.venv(mode, &format!("--link-mode {mode} {PINNED}"));
        world.is_whole(mode);
    }
    let url = world.index.url();
    let _ = world.sandbox.snapenv(["venv", "bare", "-i", &url]).success();
    world.is_whole("bare");
    let warm = ["cache", "warm", "-i", url.as_str()].into_iter().chain(PINNED.split(' '));
    let _ = world.sandbox.snapenv(warm).success();
    let run = world.venv("spare", PINNED);
    assert!(run.summary().contains("from a spare"), "{run}");
    world.is_whole("spare");
    // Python writes bytecode; that is counted, and no change.
    let python = world.sandbox.work("hardlink/bin/python");
    let _ = world.sandbox.run(&python, ["-O", "-c", "import demo.inner.module"]).success();
    let run = world.verify("hardlink").success().says("more are bytecode that Python wrote");
    assert_eq!(run.stdout.lines().count(), 1, "{run}");
    let _ = world
        .verify("hardlink -v")
        .success()
        .says("module.cpython-3")
        .says(".opt-1.pyc");
    // What was made for another place is compared with what belongs there.
    fs::rename(world.sandbox.work("copy"), world.sandbox.work("moved")).unwrap();
    let _ = world.verify("moved").success().says("it was made at");
    let _ = world.sandbox.snapenv(["venv", "--materialize", "layered"]).success();
    world.is_whole("layered");
    world.sandbox.assert_nothing_half_done();
}
