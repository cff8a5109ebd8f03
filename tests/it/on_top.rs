//! Installing into environments over a layer, and making them flat.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::wheel_builder::WheelBuilder;

/// What `.venv` is made of.
const ASKED: &str = "demo==1.0 wide-one==1.0";

/// An environment `.venv` over a layer, and an index with more for it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) index: Index,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::over(Index::start())
    }

    /// The same with packages from an index of the caller's.
    pub(crate) fn over(index: Index) -> Self {
        let world = Self::without_environment(index);
        let _ = world.layered(".venv", ASKED);
        world
    }

    fn without_environment(index: Index) -> Self {
        let sandbox = Sandbox::new();
        for version in ["1.0", "2.0"] {
            let module = format!("__version__ = '{version}'\ndef main():\n    print('demo {version}')\n");
            let wheel = WheelBuilder::new("demo", version)
                .requires("helper")
                .file("demo/__init__.py", module)
                .file(&format!("demo/only_{}.py", &version[..1]), "")
                .file("demo/static/style.css", "a {}\n")
                .console("demo", "demo:main")
                .console(&format!("demo{}", &version[..1]), "demo:main")
                .script("tool", format!("#!python\nprint('tool {version}')\n"))
                .data("data", "share/demo/version", version)
                .data("data", &format!("share/demo-{version}/data"), version);
            index.publish(wheel.build());
            index.publish(WheelBuilder::new("helper", version).build());
        }
        // Of the old kind: every part ships the same `__init__.py`, and it finds its own folder only.
        for part in ["one", "two"] {
            let wheel = WheelBuilder::new(&format!("wide-{part}"), "1.0")
                .file("wide/__init__.py", "")
                .file(&format!("wide/{part}.py"), "")
                .file(&format!("open_wide/{part}.py"), "");
            index.publish(wheel.build());
        }
        Self { sandbox, index }
    }

    fn layered(&self, folder: &str, arguments: &str) -> Run {
        let arguments = format!("--link-mode layered {arguments}");
        let run = self.sandbox.venv(&self.index, folder, &arguments).success();
        assert!(run.summary().ends_with("layered"), "{run}");
        run
    }

    fn install(&self, arguments: &str) -> Run {
        let url = self.index.url();
        let fixed = ["install", "--python", ".venv", "-i", url.as_str()];
        self.sandbox.snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
    }

    pub(crate) fn pip(&self, arguments: &str) -> Run {
        let url = self.index.url();
        let fixed = ["-m", "pip", "--disable-pip-version-check", "install", "-i", url.as_str()];
        self.python(fixed.into_iter().chain(arguments.split_whitespace()))
    }

    fn python<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        self.sandbox.run(self.sandbox.work(".venv/bin/python"), arguments)
    }

    #[track_caller]
    pub(crate) fn runs(&self, program: &str) {
        let run = self.python(["-c", program]).success();
        assert_eq!(run.stderr, "", "{run}");
    }

    fn own(&self) -> PathBuf {
        self.sandbox.python().site_packages(&self.sandbox.work(".venv"))
    }

    pub(crate) fn pointer(&self) -> PathBuf {
        self.own().join("000_snapenv.pth")
    }

    fn has(&self, path: &str) -> bool {
        self.sandbox.work(".venv").join(path).exists()
    }

    /// Names in the environment's own library.
    fn own_names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.own()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name != "__pycache__");
        names.sort();
        names
    }

    #[track_caller]
    fn assert_settled(&self) {
        assert!(!self.has(".snapenv-journal") && !self.has(".snapenv-next"));
        self.sandbox.assert_nothing_half_done();
    }
}

fn with_content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walk(folder).into_iter();
    entries
        .map(|path| {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match fs::symlink_metadata(&path).unwrap().file_type() {
            kind if kind.is_dir() => files.extend(walk(&path)),
            kind if kind.is_file() => files.push(path),
            _ => {}
        }
    }
    files
}

#[test]
fn an_installation_composes_a_new_layer() {
    let world = World::new();
    let (old, before) = (fs::read_to_string(world.pointer()).unwrap(), world.own_names());
    let run = world.install("wide-two demo==2.0").success();
    for line in [
        "  Attempting uninstall: demo",
        "      Successfully uninstalled demo-1.0",
        "Successfully installed demo-2.0 wide-two-1.0",
    ] {
        assert!(run.stdout.lines().any(|said| said == line), "{line}: {run}");
    }
    let _ = run
        .says("Added to")
        .says(
            " s, layered
",
        )
        .never_says("satisfied: demo");
    world.assert_settled();
    // Nothing is on top: what is added is in the layer, and parts of namespaces find each other there.
    assert_eq!(world.own_names(), before);
    let new = fs::read_to_string(world.pointer()).unwrap();
    assert_ne!(new, old);
    world.runs(
        "import demo, demo.only_2, wide.one, wide.two, open_wide.one, open_wide.two, importlib.metadata as metadata\n\
         assert demo.__version__ == metadata.version('demo') == '2.0'\n\
         names = [one.metadata['Name'] for one in metadata.distributions()]\n\
         assert len(names) == len(set(names)), names\n\
         try:\n    import demo.only_1\nexcept ImportError:\n    pass\nelse:\n    raise SystemExit('a module of the old version is left')",
    );
    // What the environment has itself went with it.
    for (path, there) in [
        ("bin/demo1", false),
        ("bin/demo2", true),
        ("share/demo-1.0", false),
        ("share/demo-2.0/data", true),
    ] {
        assert_eq!(world.has(path), there, "{path}");
    }
    assert_eq!(fs::read(world.sandbox.work(".venv/share/demo/version")).unwrap(), b"2.0");
    for (script, says) in [("demo", "demo 2.0"), ("demo2", "demo 2.0"), ("tool", "tool 2.0")] {
        let program = world.sandbox.work(".venv/bin").join(script);
        let _ = world.sandbox.run(program, Vec::<&str>::new()).success().says(says);
    }
    // The lease moved: one, of the new layer.
    let leases = walk(&world.sandbox.cache("v1/roots"));
    assert_eq!(leases.len(), 1, "{leases:?}");
    let lease: serde_json::Value = serde_json::from_slice(&fs::read(&leases[0]).unwrap()).unwrap();
    assert!(new.contains(lease["snapshot"].as_str().unwrap()), "{lease}");
    let _ = world.sandbox.snapenv(["doctor"]).success().says("layered, well");
    // Nothing to do costs nothing; the same again is answered from the store.
    let _ = world.install("wide-two").success().says("already satisfied");
    assert_eq!(fs::read_to_string(world.pointer()).unwrap(), new);
    let _ = world.layered("twin", ASKED);
    let url = world.index.url();
    let run = world
        .sandbox
        .snapenv([
            "install",
            "--python",
            "twin",
            "-i",
            &url,
            "--offline",
            "wide-two",
            "demo==2.0",
        ])
        .success();
    let _ = run.says("(2 hits, 0 misses)");
    assert!(
        walk(&world.sandbox.work("twin/bin"))
            .iter()
            .any(|path| path.ends_with("demo2"))
    );
}

#[test]
fn a_failure_leaves_the_environment_over_its_old_layer() {
    let world = World::new();
    let state = || with_content(&world.sandbox.work(".venv"));
    let before = state();
    let _ = world.install("wide-two no-such-project").fails();
    world.sandbox.write(
        "broken/pyproject.toml",
        "[build-system]\nrequires = []\nbuild-backend = 'nothing'\n",
    );
    let _ = world.install("wide-two -e ./broken").fails();
    world.assert_settled();
    // Somebody's own file where a script would go: pip is asked to do it, and does, on top.
    assert!(state() == before, "a failure left something");
    world.runs("import demo, wide.one; assert demo.__version__ == '1.0'");
    // What is editable is the environment's own; what it needs comes into the layer.
    SdistBuilder::new("local", "0.1")
        .requires("wide-two")
        .console("local", "local:main")
        .write_to(&world.sandbox.work("project"));
    let _ = world.install("-e ./project").success();
    world.assert_settled();
    world.runs("import local, wide.one, wide.two, demo");
    assert!(!world.own().join("wide").exists());
    // In the place of what is in the layer: its script is the project's from now on, the others go.
    SdistBuilder::new("demo", "3.0")
        .console("demo", "demo:main")
        .write_to(&world.sandbox.work("mine"));
    let _ = world.install("-e ./mine").success();
    world.assert_settled();
    assert!(world.has("bin/demo") && !world.has("bin/demo1") && !world.has("share/demo-1.0"));
    world.runs("import importlib.metadata as metadata; assert metadata.version('demo') == '3.0'");
    let _ = world.sandbox.snapenv(["doctor"]).success();
}

#[test]
fn what_pip_put_on_top_stays_on_top() {
    let mut world = World::new();
    let _ = world.pip("demo==2.0").success();
    let run = world.sandbox.snapenv(["doctor"]).fails_with(1);
    let run = run.says("demo 2.0 on top hides demo 1.0 of the layer");
    let _ = run.says("venv --materialize").says("not well");
    let run = world.sandbox.snapenv(["doctor", "--json", ".venv"]).fails_with(1);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let shadow = &found["environments"][0]["ailments"][0]["shadow"];
    assert_eq!(
        (&shadow["name"], &shadow["in_layer"]),
        (&"demo".into(), &"1.0".into()),
        "{found}"
    );
    // Its scripts and data are its own, whatever becomes of the layer.
    let _ = world.install("wide-two helper==2.0").success().says("layered");
    world.runs("import demo, wide.two, helper; assert demo.__version__ == '2.0' and helper.__version__ == '2.0'");
    let tool = world.sandbox.work(".venv/bin/tool");
    let _ = world.sandbox.run(&tool, Vec::<&str>::new()).success().says("tool 2.0");
    // Only pip can replace what pip has installed.
    let _ = world.install("demo==1.0").success().says("handing over to pip");
    world.runs("import demo; assert demo.__version__ == '1.0'");
    // A store that keeps no new layer: pip installs on top.
    let file = world.sandbox.write("a-file", "");
    world.sandbox.set("SNAPENV_CACHE_DIR", file.join("cache"));
    let _ = world.install("helper==1.0").success().says("handing over to pip: the store");
    world.runs("import demo, helper; assert helper.__version__ == '1.0'");
    // It becomes flat from the store that its layer is in, and what is on top wins.
    let _ = world
        .sandbox
        .snapenv(["venv", "--materialize", ".venv"])
        .success()
        .says("Materialized .venv");
    fs::remove_dir_all(world.sandbox.cache("v1")).unwrap();
    world.runs("import demo, helper, wide.one, wide.two, pip; assert helper.__version__ == demo.__version__ == '1.0'");
    world.assert_settled();
}

#[test]
fn what_is_materialized_is_what_would_have_been_made_flat() {
    let world = World::new();
    let _ = world.sandbox.venv(&world.index, ".flat", ASKED).success();
    // Half done before: a process was killed when some was moved.
    fs::create_dir(world.sandbox.work(".venv/.snapenv-next")).unwrap();
    let flat = world.sandbox.python().site_packages(&world.sandbox.work(".flat"));
    let _ = world
        .sandbox
        .run("cp", [Path::new("-r"), &flat.join("demo"), &world.own()])
        .success();
    world.index.fail(crate::index::Failure::Down);
    let run = world.sandbox.snapenv(["venv", ".venv", "--materialize"]).success();
    let _ = run.says("Materialized .venv: 4 distributions of its layer (4 hits, 0 misses)");
    let flat = with_content(&world.sandbox.work(".flat"));
    let ours = with_content(&world.sandbox.work(".venv"));
    assert_eq!(ours.keys().collect::<Vec<_>>(), flat.keys().collect::<Vec<_>>());
    for (path, content) in flat {
        let same_path = |content: &[u8]| String::from_utf8_lossy(content).replace(".flat", ".venv");
        // Scripts have their path in them, and RECORD their digest.
        let record = |content: &[u8]| {
            let text = String::from_utf8_lossy(content).into_owned();
            let rows = text.lines().filter(|row| !row.starts_with("../"));
            rows.map(str::to_owned).collect::<Vec<_>>().join("\n")
        };
        if path.ends_with("RECORD") {
            assert_eq!(record(&ours[&path]), record(&content), "{path}");
        } else if !path.ends_with(".pyc") && !path.ends_with("pyvenv.cfg") {
            assert_eq!(same_path(&ours[&path]), same_path(&content), "{path}");
        }
    }
    assert!(walk(&world.sandbox.cache("v1/roots")).is_empty());
    fs::remove_dir_all(world.sandbox.cache("v1/merged")).unwrap();
    world.runs("import demo, wide.one, pip");
    let _ = world.python(["-m", "pip", "uninstall", "-y", "demo"]).success();
    world.assert_settled();
    // Once is enough.
    let _ = world
        .sandbox
        .snapenv(["venv", "--materialize", ".venv"])
        .success()
        .says("flat already");
    let _ = world
        .sandbox
        .snapenv(["venv", "--materialize", "nowhere"])
        .fails_with(1)
        .says("nowhere");
    let _ = world
        .sandbox
        .snapenv(["venv", "--materialize", ".venv", "demo"])
        .fails_with(2)
        .says("--materialize");
    let _ = world
        .sandbox
        .snapenv(["venv", "--materialize", ".venv", "-r", "requirements.txt"])
        .fails_with(2);
}
