//! An index with all that is delicate in a layer, and environments over it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

/// A request for all of it.
pub(super) const EVERYTHING: &str = "demo==1.0 helper==1.0 plug==1.0 certifi==1.0 space-one==1.0 space-two==1.0";

/// Runs at Python's start, from a `.pth` file in the layer.
const HOOK: &str = "import os; os.environ['DEMO_STARTED'] = os.environ.get('DEMO_STARTED', '') + 'demo '\n\
    demo_nested\nimport sys; sys.modules.setdefault('hooked', type(sys)('hooked')).__dict__.update(__version__='1', __file__=sitedir)\n";

const EXTENDED: &str = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n";

pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) index: Index,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(Sandbox::new())
    }

    pub(super) fn with(sandbox: Sandbox) -> Self {
        let index = Index::start();
        for version in ["1.0", "2.0"] {
            index.publish(WheelBuilder::new("helper", version).build());
        }
        index.publish(demo().build());
        let points = "[demo.plugins]\nplug = plug:answer\n";
        let plug = WheelBuilder::new("plug", "1.0")
            .file("plug/__init__.py", "__version__ = '1.0'\ndef answer():\n    return 42\n")
            .file("plug-1.0.dist-info/entry_points.txt", points)
            .data("data", "share/plug/plug.json", "{}\n");
        index.publish(plug.build());
        let certifi = WheelBuilder::new("certifi", "1.0")
            .file(
                "certifi/__init__.py",
                "import os\ndef where():\n    return os.path.join(os.path.dirname(__file__), 'cacert.pem')\n",
            )
            .file("certifi/cacert.pem", "-----BEGIN\n");
        index.publish(certifi.build());
        for part in ["one", "two"] {
            index.publish(space(part).build());
        }
        Self { sandbox, index }
    }

    pub(super) fn flat(&self, folder: &str) -> Run {
        self.sandbox.venv(&self.index, folder, EVERYTHING).success()
    }

    pub(super) fn layered(&self, folder: &str) -> Run {
        self.layered_with(folder, EVERYTHING)
    }

    pub(super) fn layered_with(&self, folder: &str, arguments: &str) -> Run {
        let arguments = format!("--link-mode layered {arguments}");
        self.sandbox.venv(&self.index, folder, &arguments).success()
    }

    /// The only layer in the store.
    pub(super) fn layer(&self) -> PathBuf {
        let mut layers = self.layers();
        assert_eq!(layers.len(), 1, "{layers:?}");
        layers.remove(0)
    }

    fn layers(&self) -> Vec<PathBuf> {
        let inner = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        inner(self.sandbox.cache("v1/merged")).flat_map(inner).collect()
    }

    /// Its modules.
    pub(super) fn library(&self) -> PathBuf {
        self.sandbox.python().site_packages(&self.layer())
    }

    /// What the environment looks like from inside.
    pub(super) fn facts(&self, environment: &str, switches: &[&str], how: &str) -> Value {
        let script = self.sandbox.write("facts.py", include_str!("facts.py"));
        let mut command = self
            .sandbox
            .command(self.sandbox.work(environment).join("bin/python"), switches);
        command.arg(script).arg(how).args(self.layers());
        let run = self.sandbox.finish(command).success();
        assert_eq!(run.stderr, "", "{run}");
        serde_json::from_str(&run.stdout).unwrap()
    }

    #[track_caller]
    pub(super) fn runs(&self, environment: &str) {
        let python = self.sandbox.work(environment).join("bin/python");
        let program = "import demo, helper; assert demo.__version__ == '1.0', demo.__version__";
        let run = self.sandbox.run(python, ["-c", program]).success();
        assert_eq!(run.stderr, "", "{run}");
        let _ = self
            .sandbox
            .run(self.sandbox.work(environment).join("bin/tool"), Vec::<&str>::new())
            .success();
    }
}

fn demo() -> WheelBuilder {
    let module = "__version__ = '1.0'\ndef main():\n    import sys\n    print(sys.argv, sys.prefix)\n";
    WheelBuilder::new("demo", "1.0")
        .requires("helper")
        .console("demo-main", "demo:main")
        .script("tool", "#!python\nimport sys\nprint('tool', sys.prefix)\n")
        .file("demo/__init__.py", module)
        .file("demo/data.txt", "data\n")
        .file("demo/static/style.css", "a {}\n")
        .file("demo.pth", HOOK)
        .file("demo_nested/nested_module.py", "__version__ = '1'\n")
        .data("headers", "demo.h", "/* demo */\n")
        .data("data", "share/demo/static/page.css", "b {}\n")
        .data("data", "etc/demo.conf", "demo\n")
}

/// A part of three namespaces, one of each kind.
fn space(part: &str) -> WheelBuilder {
    // What setuptools writes for `namespace_packages`.
    let nspkg = "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('nspkg', 'space'));\
        import importlib.util;import importlib.machinery;\
        n = sys.modules.setdefault('nspkg', types.ModuleType('nspkg'));n.__path__ = getattr(n, '__path__', []);\
        m = sys.modules.setdefault('nspkg.space', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('nspkg.space', [os.path.dirname(p)])));\
        mp = m.__dict__.setdefault('__path__', []);(p not in mp) and mp.append(p)\n";
    WheelBuilder::new(&format!("space-{part}"), "1.0")
        .file(&format!("open_space/{part}.py"), "")
        .file("pkgutil_space/__init__.py", EXTENDED)
        .file(&format!("pkgutil_space/{part}.py"), "")
        .file(&format!("nspkg/space/{part}.py"), "")
        .file(&format!("space_{part}-1.0-nspkg.pth"), nspkg)
}
