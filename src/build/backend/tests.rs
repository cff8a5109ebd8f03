//! Backends that behave, and those that do not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::*;
use crate::build::source::{BuildSystem, Declared};
use crate::report::Silent;

struct World {
    folder: tempfile::TempDir,
    system: BuildSystem,
    settings: ConfigSettings,
    limit: Option<Duration>,
}

impl World {
    fn new(backend: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["source/in", "control", "out", "elsewhere"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("source/in/demo_backend.py"), backend).unwrap();
        Self {
            folder,
            system: BuildSystem {
                requires: Vec::new(),
                backend: "demo_backend".to_owned(),
                backend_path: vec!["in".to_owned()],
                declared: Declared::Backend,
            },
            settings: ConfigSettings::new(),
            limit: None,
        }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn ask<T>(&self, ask: impl FnOnce(&Backend) -> Result<T, BackendError>) -> Result<T, BackendError> {
        ask(&Backend {
            python: Path::new("python3"),
            isolation: &Isolation::On {
                path: std::env::var_os("PATH").unwrap(),
            },
            source: &self.folder.path().join("source"),
            system: &self.system,
            settings: &self.settings,
            control: &self.folder.path().join("control"),
            limit: self.limit,
            progress: &Silent,
        })
    }
}

#[test]
fn hooks_are_asked_in_the_source_tree_with_settings() {
    let mut world = World::new(
        "import json, os, sys\n\
         assert '' not in sys.path and os.getcwd() not in sys.path\n\
         def get_requires_for_build_wheel(settings=None):\n    return (r for r in ['a>1', json.dumps(settings)])\n\
         def prepare_metadata_for_build_wheel(folder, settings):\n    os.mkdir(os.path.join(folder, 'x-1.dist-info')); return 'x-1.dist-info'\n\
         def build_wheel(folder, settings, metadata):\n    assert metadata.endswith('x-1.dist-info')\n    open(os.path.join(folder, 'x.whl'), 'w').close(); return 'x.whl'\n",
    );
    let required = world.ask(|backend| backend.required(Product::Wheel)).unwrap();
    assert_eq!(required.requirements, ["a>1", "null"]);
    assert!(required.prepares);
    world.settings = config_settings(&["k=1".to_owned(), "l=a=b".to_owned(), "k=2".to_owned(), "flag".to_owned()]);
    let required = world.ask(|backend| backend.required(Product::Wheel)).unwrap();
    assert_eq!(required.requirements[1], r#"{"flag": "", "k": ["1", "2"], "l": "a=b"}"#);
    let metadata = world.ask(|backend| backend.metadata(Product::Wheel, &world.out())).unwrap();
    let wheel = world.ask(|backend| backend.build(Product::Wheel, &world.out(), metadata.as_deref()));
    assert_eq!(wheel.unwrap(), world.out().join("x.whl"));
    let editable = world.ask(|backend| backend.required(Product::Editable));
    assert!(matches!(
        editable,
        Err(BackendError::Missing {
            hook: "build_editable",
            ..
        })
    ));
}

#[test]
fn hooks_may_be_missing() {
    let world = World::new("def build_wheel(folder, settings, metadata): pass\n");
    let required = world.ask(|backend| backend.required(Product::Wheel)).unwrap();
    assert_eq!((required.requirements.len(), required.prepares), (0, false));
    assert_eq!(
        world.ask(|backend| backend.metadata(Product::Wheel, &world.out())).unwrap(),
        None
    );
}

#[test]
fn failures_come_with_the_log_whatever_bytes_it_holds() {
    let world = World::new(
        "import sys\ndef build_wheel(folder, settings, metadata):\n    sys.stdout.buffer.write(b'\\xff\\x00binary\\n'); sys.stdout.flush()\n    raise SystemExit('no libpq')\n",
    );
    let error = world
        .ask(|backend| backend.build(Product::Wheel, &world.out(), None))
        .unwrap_err();
    assert!(matches!(error, BackendError::Failed { code: 1, .. }), "{error}");
    let log = error.log().unwrap();
    assert!(log.contains("binary\n") && log.contains("no libpq"), "{log}");
    let world = World::new("import os\ndef build_wheel(*a): os._exit(0)\n");
    let error = world
        .ask(|backend| backend.build(Product::Wheel, &world.out(), None))
        .unwrap_err();
    assert!(matches!(error, BackendError::Failed { code: 0, .. }), "{error}");
}

#[test]
fn what_cannot_be_imported_is_unavailable() {
    let mut world = World::new("import nowhere_to_be_found\n");
    let error = world.ask(|backend| backend.required(Product::Wheel)).unwrap_err();
    assert!(error.to_string().contains("nowhere_to_be_found"), "{error}");
    // It must come from the tree, even if the environment has one.
    world.system.backend = "colorsys".to_owned();
    let error = world.ask(|backend| backend.required(Product::Wheel)).unwrap_err();
    assert!(
        matches!(&error, BackendError::Unavailable { reason, .. } if reason.contains("Cannot find module 'colorsys'")),
        "{error}"
    );
    world.system.backend_path.clear();
    world.system.backend = "colorsys:nothing".to_owned();
    let error = world.ask(|backend| backend.required(Product::Wheel)).unwrap_err();
    assert!(matches!(error, BackendError::Unavailable { .. }), "{error}");
}

#[test]
fn a_wheel_must_be_in_the_folder_for_it() {
    for answer in [
        "'../elsewhere/x.whl'",
        "'/x.whl'",
        "'x.whl'",
        "'..'",
        "''",
        "None",
        "3",
        "'x.txt'",
    ] {
        let world = World::new(&format!(
            "import os\ndef build_wheel(folder, settings, metadata):\n    open(os.path.join(folder, 'x.txt'), 'w').close()\n    \
             open(os.path.join(folder, '../elsewhere/x.whl'), 'w').close()\n    return {answer}\n"
        ));
        let error = world
            .ask(|backend| backend.build(Product::Wheel, &world.out(), None))
            .unwrap_err();
        assert!(matches!(error, BackendError::Answer { .. }), "{answer}: {error}");
    }
    let world = World::new("def get_requires_for_build_wheel(settings): return [3]\ndef build_wheel(*a): pass\n");
    assert!(matches!(
        world.ask(|backend| backend.required(Product::Wheel)),
        Err(BackendError::Answer { .. })
    ));
}

#[test]
fn a_hanging_backend_is_stopped_with_all_that_it_started() {
    let mut world = World::new(
        "import os, signal, subprocess, time\ndef build_wheel(folder, settings, metadata):\n    print('waiting', flush=True)\n    \
         signal.signal(signal.SIGTERM, signal.SIG_DFL)\n    child = subprocess.Popen(['sleep', '60'])\n    \
         open(os.path.join(folder, 'pid'), 'w').write(str(child.pid))\n    time.sleep(60)\n",
    );
    world.limit = Some(Duration::from_secs(1));
    let began = Instant::now();
    let error = world
        .ask(|backend| backend.build(Product::Wheel, &world.out(), None))
        .unwrap_err();
    assert!(
        matches!(&error, BackendError::TimedOut { log, .. } if log == "waiting\n"),
        "{error:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
    let pid = fs::read_to_string(world.out().join("pid")).unwrap();
    let state = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let gone = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        state().is_empty() || state().contains(") Z ")
    });
    assert!(gone, "{}", state());
}

#[test]
fn what_a_backend_leaves_running_is_not_waited_for() {
    let world = World::new(
        "import os, subprocess\ndef build_wheel(folder, settings, metadata):\n    subprocess.Popen(['sleep', '20'])\n    \
         open(os.path.join(folder, 'x.whl'), 'w').close(); return 'x.whl'\n",
    );
    let began = Instant::now();
    assert!(world.ask(|backend| backend.build(Product::Wheel, &world.out(), None)).is_ok());
    assert!(began.elapsed() < Duration::from_secs(10));
}
