//! Builds by backends: what they are given, what is known of them afterwards, and what happens to those that do not behave.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::artifact::Artifact;
use crate::index::Index;
use crate::sandbox::Sandbox;
use crate::sdist_builder::{Kind, SdistBuilder};
use crate::skipped::skipped;
use crate::wheel_builder::WheelBuilder;

/// A backend whose metadata needs no build, so that pip leaves the build to us.
const PREPARES: &str = r#"
import os
def prepare_metadata_for_build_wheel(folder, settings=None):
    os.mkdir(os.path.join(folder, "odd-1.0.dist-info"))
    with open(os.path.join(folder, "odd-1.0.dist-info", "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
    return "odd-1.0.dist-info"
"#;

/// An sdist with a backend of its own.
fn odd(build: &str) -> Artifact {
    let files = [
        ("odd-1.0/backend.py", format!("{PREPARES}\n{build}")),
        (
            "odd-1.0/pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n".to_owned(),
        ),
        (
            "odd-1.0/PKG-INFO",
            "Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n".to_owned(),
        ),
    ];
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, contents) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, contents.as_bytes()).unwrap();
    }
    Artifact {
        project: "odd".to_owned(),
        filename: "odd-1.0.tar.gz".to_owned(),
        bytes: tar.into_inner().unwrap().finish().unwrap().into(),
        metadata: None,
        requires_python: None,
        yanked: None,
    }
}

/// Where pip resolves, what it needed METADATA of is built afterwards, and only that is counted.
#[test]
fn what_was_built_is_known_without_what_it_required() {
    let (sandbox, index) = (Sandbox::new(), Index::of_real_pips());
    index.publish(SdistBuilder::new("needy", "1.0").build_requires("buildtool").build());
    index.publish(SdistBuilder::new("buildtool", "3.0").build());
    index.publish(WheelBuilder::new("other", "1.0").build());
    let run = sandbox.venv(&index, "first", "-v needy==1.0").success();
    let run = run
        .says("building needy 1.0")
        .says("building buildtool 3.0")
        .never_says("is built by pip");
    assert_eq!(run.misses(), 1, "{run}");
    // A newer build requirement is no reason to build again: pip keeps the wheel, too.
    index.publish(WheelBuilder::new("buildtool", "4.0").build());
    let _ = index.take_requests();
    let run = sandbox.venv(&index, "second", "-v needy==1.0").success();
    assert_eq!(run.misses(), 0, "{run}");
    index.assert_not_asked();
    let run = sandbox.venv(&index, "third", "-v needy==1.0 other==1.0").success();
    let run = run.never_says("building needy").never_says("building buildtool");
    assert_eq!((run.hits(), run.misses()), (1, 1), "{run}");
    let run = sandbox.venv(&index, "fourth", "-v --refresh needy==1.0").success();
    let _ = run.says("building needy 1.0").never_says("building buildtool");
    sandbox.assert_nothing_half_done();
}

#[test]
fn equal_build_requirements_are_asked_for_once() {
    let (sandbox, index) = (Sandbox::new(), Index::of_real_pips());
    index.publish(SdistBuilder::new("one", "1.0").build_requires("buildtool==3.0").build());
    index.publish(SdistBuilder::new("two", "1.0").build_requires("buildtool==3.0").build());
    index.publish(WheelBuilder::new("buildtool", "3.0").build());
    let run = sandbox.venv(&index, "both", "-v --jobs 2 one==1.0 two==1.0").success();
    let asked = run.output().matches("build requirements of").count();
    assert_eq!(asked, 1, "{run}");
    assert_eq!(run.misses(), 2, "{run}");
}

#[test]
fn a_hanging_build_is_stopped_and_a_wheel_of_something_else_refused() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(odd(
        "import time\ndef build_wheel(*a):\n    print('still here', flush=True)\n    time.sleep(60)\n",
    ));
    let run = sandbox.venv(&index, ".venv", "--build-timeout 1 odd").fails_with(1);
    let _ = run
        .says("still here")
        .says("was stopped after 1 seconds")
        .says("--build-timeout");
    assert!(!sandbox.work(".venv").exists());
    sandbox.assert_nothing_half_done();
    let elsewhere = "def build_wheel(folder, *a):\n    path = os.path.join(folder, '..', '%s')\n    open(path, 'w').close()\n    return '%s'\n";
    for (name, reason) in [
        ("../odd-1.0-py3-none-any.whl", "which is nothing in the folder for it"),
        ("wheel/else-1.0-py3-none-any.whl", "which is nothing in the folder for it"),
    ] {
        index.withdraw("odd");
        index.publish(odd(&elsewhere
            .replacen("%s", name.trim_start_matches("../"), 1)
            .replace("%s", name)));
        let _ = sandbox.venv(&index, ".venv", "odd").fails_with(1).says(reason);
    }
    index.withdraw("odd");
    index.publish(odd("def build_wheel(folder, *a):\n    name = 'else-1.0-py3-none-any.whl'\n    open(os.path.join(folder, name), 'w').close()\n    return name\n"));
    let _ = sandbox
        .venv(&index, ".venv", "odd")
        .fails_with(1)
        .says("build backend built else-1.0");
    let _ = sandbox
        .venv(&index, ".venv", "--jobs 0 odd")
        .fails_with(2)
        .says("--jobs: a whole number");
}

#[test]
fn another_compiler_or_a_lost_library_is_a_reason_to_build_again() {
    let (mut sandbox, index) = (Sandbox::new(), Index::of_real_pips());
    let compiler = sandbox.run("sh", ["-c", "command -v cc"]);
    if !compiler.status.success() || !sandbox.python().has_headers() {
        skipped("builds::another_compiler", "there is no cc, or no Python.h");
        return;
    }
    let (bin, lib) = (sandbox.work("bin"), sandbox.work("lib"));
    fs::create_dir_all(&lib).unwrap();
    sandbox.write("mine.c", "int mine;\n");
    let library = lib.join("libmine.so.1");
    let made = [
        "-shared",
        "-Wl,-soname,libmine.so.1",
        "mine.c",
        "-o",
        library.to_str().unwrap(),
    ];
    let _ = sandbox.run("cc", made).success();
    let script = format!(
        "#!/bin/sh\nexport PATH=/usr/bin:/bin\n[ -e {0} ] && set -- \"$@\" -Wl,--no-as-needed {0}\nexec cc \"$@\"\n",
        library.display()
    );
    let write = |text: &str| {
        let path = sandbox.write("bin/cc", text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    write(&script);
    let python = sandbox.python().executable.parent().unwrap().to_owned();
    let path = std::env::join_paths([&python, &bin]).unwrap();
    sandbox.set("PATH", path);
    sandbox.set("LD_LIBRARY_PATH", &lib);
    index.publish(SdistBuilder::new("native", "1.0").kind(Kind::Extension).build());
    let venv = |folder: &str| sandbox.venv(&index, folder, "-v native==1.0").success();
    assert_eq!(venv("first").misses(), 1);
    assert_eq!(venv("second").misses(), 0);
    let path = sandbox.write("bin/cc", format!("{script}# a newer one\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(venv("third").says("CC is another compiler").misses(), 1);
    assert_eq!(venv("fourth").misses(), 0);
    fs::remove_file(&library).unwrap();
    assert_eq!(venv("fifth").says("libmine.so.1, which is gone").misses(), 1);
    assert_eq!(venv("sixth").misses(), 0);
    // Where nothing can be built, what was built is used.
    fs::remove_file(bin.join("cc")).unwrap();
    assert_eq!(venv("seventh").misses(), 0);
}

#[test]
fn what_a_build_misses_is_named_and_installed_if_asked() {
    let (mut sandbox, index) = (Sandbox::new(), Index::start());
    let (bin, marker) = (sandbox.work("bin"), sandbox.work("installed"));
    index.publish(odd(&format!(
        "def build_wheel(folder, *a):\n    if not os.path.exists({marker:?}):\n        \
         raise SystemExit('x.c:1:10: fatal error: libpq-fe.h: No such file or directory')\n    raise SystemExit('cannot find -lnobody')\n"
    )));
    let manager = sandbox.write("bin/apt-get", format!("#!/bin/sh\necho \"$@\" >> {}\n", marker.display()));
    fs::set_permissions(manager, fs::Permissions::from_mode(0o755)).unwrap();
    let python = sandbox.python().executable.parent().unwrap().to_owned();
    let path = std::env::join_paths([python, bin, "/usr/bin".into(), "/bin".into()]).unwrap();
    sandbox.set("PATH", path);
    let hint = "hint: the header libpq-fe.h is missing: apt-get install -y libpq-dev";
    let _ = sandbox.venv(&index, ".venv", "odd").fails_with(1).says(hint);
    assert!(!marker.exists());
    let run = sandbox.venv(&index, ".venv", "--install-system-packages odd").fails_with(1);
    let _ = run.says("cannot find -lnobody").never_says("libpq-dev\"").never_says(hint);
    assert_eq!(fs::read_to_string(&marker).unwrap(), "install -y libpq-dev\n");
    fs::remove_file(&marker).unwrap();
    sandbox.write(
        "../home/.config/snapenv/system-packages.toml",
        "[header]\n'libpq-fe.h' = { apt = 'my-libpq' }\n",
    );
    let _ = sandbox
        .venv(&index, ".venv", "odd")
        .fails_with(1)
        .says("apt-get install -y my-libpq");
}

#[test]
fn what_a_build_misses_is_named_where_it_fails_while_resolving() {
    let (mut sandbox, index) = (Sandbox::new(), Index::start());
    let manager = sandbox.write("bin/apt-get", "#!/bin/sh\nexit 1\n");
    fs::set_permissions(manager, fs::Permissions::from_mode(0o755)).unwrap();
    let python = sandbox.python().executable.parent().unwrap().to_owned();
    let path = std::env::join_paths([python, sandbox.work("bin"), "/usr/bin".into(), "/bin".into()]).unwrap();
    sandbox.set("PATH", path);
    index.publish(odd("raise SystemExit('Error: pg_config executable not found.')\n"));
    let run = sandbox.venv(&index, ".venv", "--install-system-packages odd").fails_with(1);
    let _ = run
        .says("apt-get could not install it")
        .says("the program pg_config is missing: apt-get install -y libpq-dev");
}
