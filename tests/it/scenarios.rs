//! Requests whose environments are compared with pip's. Each gathers much, as making an environment with pip takes seconds.

use std::fs;

use crate::index::Index;
use crate::sandbox::Sandbox;
use crate::sdist_builder::{Kind, SdistBuilder};
use crate::skipped::skipped;
use crate::wheel_builder::{Record, WheelBuilder};

/// Fills index and working folder, and returns the arguments of `pip install` and `snapenv venv DIR` alike.
pub(crate) type Scenario = fn(&Sandbox, &Index) -> Vec<String>;

fn arguments(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Wheels of every shape: all schemes, scripts, poor RECORDs, odd names and modes, sources that do not compile.
pub(crate) fn wheels(_: &Sandbox, index: &Index) -> Vec<String> {
    index.publish(
        WheelBuilder::new("schemes", "1.0")
            .data("purelib", "schemes_pure/__init__.py", "PURE = 1\n")
            .data("platlib", "schemes_plat/__init__.py", "PLAT = 1\n")
            .data("data", "etc/schemes.conf", "key = value\n")
            .data("data", "share/schemes/deep/er/file.txt", "text\n")
            .data("headers", "schemes.h", "/* header */\n")
            .script("schemes-python", "#!python\nimport schemes\nprint(schemes.__version__)\n")
            .script("schemes-pythonw", "#!pythonw\nprint(1)\n")
            .script("schemes-shell", "#!/bin/sh\necho shell\n")
            .script("schemes-binary", b"\x7fELF\x00\xff".to_vec())
            .build(),
    );
    index.publish(
        WheelBuilder::new("Entry.Points", "2.0")
            .file(
                "entry_points/cli.py",
                "class App:\n    @staticmethod\n    def run():\n        print('ran')\n        return 3\n",
            )
            .console("entry", "entry_points.cli:App.run")
            .console("entry-extra", "entry_points.cli:App.run [some]")
            .gui("entry-gui", "entry_points.cli:App.run")
            .build(),
    );
    index.publish(
        WheelBuilder::new("poor", "1.0")
            .file("poor/a.py", "A = 1\n")
            .record(Record::Poor)
            .build(),
    );
    index.publish(
        WheelBuilder::new("wrong", "1.0")
            .file("wrong/a.py", "A = 1\n")
            .record(Record::Wrong)
            .build(),
    );
    index.publish(
        WheelBuilder::new("odd", "1.0")
            .file("single_module.py", "X = 1\n")
            .file("odd/broken.py", "print 'of Python 2'\n")
            .file("odd/latin.py", b"# -*- coding: latin-1 -*-\nX = '\xe9'\n".to_vec())
            .file("odd/empty.py", "")
            .file("odd/na\u{ef}ve.py", "X = 1\n")
            .file("odd/with space.txt", "x")
            .file("odd/comma,quote\".txt", "x")
            .file("odd/static/style.css", "a{}")
            .file("odd/cacert.pem", "certificates")
            .file("odd/__pycache__/stale.cpython-30.pyc", "stale")
            .file("odd.pth", "import sys\n")
            .file("namespace/odd/__init__.py", "")
            .executable("odd/tool.sh", "#!/bin/sh\n")
            .build(),
    );
    index.publish(
        WheelBuilder::new("namespaced", "1.0")
            .file("namespace/even/__init__.py", "")
            .build(),
    );
    arguments("schemes entry_points poor wrong odd namespaced")
}

/// Distributions that write the same files; the winner is the one that pip installs last.
pub(crate) fn overlaps(_: &Sandbox, index: &Index) -> Vec<String> {
    let clashing = |name: &str| {
        WheelBuilder::new(name, "1.0")
            .file("shared/__init__.py", format!("FROM = {name:?}\n"))
            .file(&format!("shared/{name}.py"), "")
            .data("data", "share/shared.txt", format!("of {name}"))
            .console("shared", &format!("{name}:main"))
    };
    index.publish(clashing("zeta").requires("alpha").build());
    index.publish(clashing("alpha").build());
    index.publish(clashing("middle").requires("zeta").build());
    index.publish(clashing("beta").build());
    arguments("beta zeta middle")
}

/// Source distributions: pure, with build requirements, and with an extension where a compiler is.
pub(crate) fn sdists(sandbox: &Sandbox, index: &Index) -> Vec<String> {
    index.publish(
        SdistBuilder::new("pure", "1.0")
            .requires("dep>=1")
            .console("pure", "pure:main")
            .build(),
    );
    index.publish(WheelBuilder::new("dep", "1.5").build());
    index.publish(SdistBuilder::new("needy", "1.0").build_requires("buildtool==3.0").build());
    index.publish(WheelBuilder::new("buildtool", "3.0").build());
    index.publish(SdistBuilder::new("native", "1.0").kind(Kind::Extension).build());
    let mut names = arguments("pure needy");
    let compiler = sandbox.run("sh", ["-c", "command -v cc"]).status.success();
    if compiler && sandbox.python().has_headers() {
        names.push("native".to_owned());
    } else {
        skipped("building an extension", "there is no cc, or no Python.h");
    }
    names
}

/// A requirements file with all that such files hold: nesting, constraints, extras, markers, comments, continuation lines.
pub(crate) fn files(sandbox: &Sandbox, index: &Index) -> Vec<String> {
    for version in ["1.0", "1.5", "2.0", "3.0a1"] {
        index.publish(WheelBuilder::new("many", version).build());
    }
    index.publish(WheelBuilder::new("many", "2.5").build().yanked("a mistake"));
    index.publish(WheelBuilder::new("many", "2.6").requires_python(">=3.99").build());
    index.publish(
        WheelBuilder::new("extras", "1.0")
            .extra("one", "extra-one")
            .extra("two", "extra-two; python_version >= '3'")
            .requires("never; sys_platform == 'win32'")
            .requires("always; os_name == 'posix'")
            .build(),
    );
    for name in ["extra-one", "extra-two", "never", "always", "nested"] {
        index.publish(WheelBuilder::new(name, "1.0").build());
    }
    index.publish(WheelBuilder::new("early", "1.0rc1").build());
    sandbox.write(
        "requirements.txt",
        "# comment\nmany \\\n    >= 1.0  # and more\nExtras[one,two]\n-r more/nested.txt\nnever ; python_version < '3'\nearly\n",
    );
    sandbox.write(
        "more/nested.txt",
        "nested==1.0 ; implementation_name == 'cpython'\n-c limits.txt\n",
    );
    sandbox.write("more/limits.txt", "many<1.9\nnever==99\n");
    arguments("-r requirements.txt")
}

/// Options of the resolution: pre-releases, platform wheels, no dependencies.
pub(crate) fn options(sandbox: &Sandbox, index: &Index) -> Vec<String> {
    index.publish(WheelBuilder::new("many", "1.0").build());
    index.publish(WheelBuilder::new("many", "2.0a1").requires("not-wanted").build());
    let (major, minor, _) = sandbox.python().version;
    let platform = sandbox
        .run(
            &sandbox.python().executable,
            ["-c", "import sysconfig; print(sysconfig.get_platform())"],
        )
        .success()
        .stdout
        .trim()
        .replace(['-', '.'], "_");
    index.publish(
        WheelBuilder::new("tagged", "1.0")
            .file("tagged/which.py", "ANY = 1\n")
            .build(),
    );
    let specific = format!("cp{major}{minor}-cp{major}{minor}-{platform}");
    index.publish(
        WheelBuilder::new("tagged", "1.0")
            .tag(&specific)
            .file("tagged/which.py", "SPECIFIC = 1\n")
            .build(),
    );
    index.publish(SdistBuilder::new("source", "2.0").build());
    index.publish(WheelBuilder::new("source", "1.0").build());
    arguments("--pre --no-deps --only-binary source many tagged source")
}

/// Pinned with hashes of wheels and of an sdist.
pub(crate) fn hashes(sandbox: &Sandbox, index: &Index) -> Vec<String> {
    let wheel = WheelBuilder::new("hashed", "1.0").requires("dependency").build();
    let other = WheelBuilder::new("hashed", "1.0").tag("py2.py3-none-any").build();
    let dependency = SdistBuilder::new("dependency", "1.0").build();
    sandbox.write(
        "locked.txt",
        format!(
            "hashed==1.0 --hash=sha256:{} \\\n    --hash=sha256:{}\ndependency==1.0 --hash=sha256:{}\n",
            wheel.sha256(),
            other.sha256(),
            dependency.sha256()
        ),
    );
    for artifact in [wheel, other, dependency] {
        index.publish(artifact);
    }
    arguments("--require-hashes -r locked.txt")
}

/// What is named by path or address: wheels, folders, editable projects, and a page of links.
pub(crate) fn direct(sandbox: &Sandbox, index: &Index) -> Vec<String> {
    let by_url = WheelBuilder::new("by-url", "1.0").requires("indexed").build();
    index.publish(by_url.clone());
    index.publish(WheelBuilder::new("indexed", "1.0").build());
    let local = WheelBuilder::new("local", "1.0").build().write_to(&sandbox.work("wheels"));
    WheelBuilder::new("linked", "4.0").build().write_to(&sandbox.work("links"));
    SdistBuilder::new("folder", "1.0").write_to(&sandbox.work("folder"));
    SdistBuilder::new("editable", "1.0")
        .console("editable", "editable:main")
        .write_to(&sandbox.work("editable"));
    fs::create_dir_all(sandbox.work("links")).unwrap();
    let mut all = arguments("--find-links links linked ./folder -e ./editable");
    all.push(format!("by-url @ {}#sha256={}", index.file_url(&by_url), by_url.sha256()));
    all.push(local.to_str().unwrap().to_owned());
    all
}
