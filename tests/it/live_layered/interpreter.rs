//! Python's own switches and tools.

use super::{Pair, pinned, sandbox};

/// Prints `sys.path`, and imports through every kind of package.
const IMPORTS: &str = "
import sys
import django, celery, google.cloud.storage, ruamel.yaml, _ruamel_yaml, zope.interface, zope.event, backports.tarfile
assert len(sys.path) == len(set(sys.path)), sys.path
for entry in sys.path: print(entry)
print(sys.flags, django.__file__, django.__cached__, zope.interface.__file__, list(zope.__path__), list(google.__path__))
";

#[test]
fn switches_and_variables_keep_the_import_order() {
    let Some(sandbox) = sandbox("switches_and_variables_keep_the_import_order") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    let module = sandbox.write("extra/six.py", "here = True\n");
    let path = format!("PYTHONPATH={}", module.parent().unwrap().display());
    let switches: [&[&str]; 8] = [
        &[],
        &["-I"],
        &["-E"],
        &["-s"],
        &["-O"],
        &["-OO"],
        &["-B"],
        &["-X", "frozen_modules=off"],
    ];
    let variables = [
        path.as_str(),
        "PYTHONSAFEPATH=1",
        "PYTHONNOUSERSITE=1",
        "PYTHONPYCACHEPREFIX=pycache",
    ];
    let plain = switches.iter().map(|switches| ("PYTHONHASHSEED=0", *switches));
    let set = variables.iter().map(|variable| (*variable, &[] as &[&str]));
    for (variable, switches) in plain.chain(set) {
        let run = |place: &super::Place| {
            let program = place.program("python");
            let before = [variable, program.to_str().unwrap()];
            let run = sandbox
                .run("env", before.iter().chain(switches).chain(&["-c", IMPORTS]))
                .success();
            place.neutral(&run.stdout)
        };
        let (flat, layered) = (run(&pair.flat), run(&pair.layered));
        // The environment's own folder stands right before the layer's; everything else is where it was.
        assert!(layered.contains("[OWN]\n[SITE]\n"), "{layered}");
        assert_eq!(flat, layered.replace("[OWN]\n", ""), "{variable} {switches:?}");
    }
    let python = pair.layered.program("python");
    let shadowed = sandbox.run(
        "env",
        [path.as_str(), python.to_str().unwrap(), "-c", "import six; print(six.here)"],
    );
    let _ = shadowed.success().says("True");
}

#[test]
fn every_module_is_found() {
    let Some(sandbox) = sandbox("every_module_is_found") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    let modules = pair.same_script("modules.py", &[]);
    assert!(
        modules.contains("google.cloud.storage.blob") && modules.contains("ruamel.yaml.main"),
        "{modules}"
    );
    for topic in [
        "django.utils.version",
        "ruamel.yaml.comments",
        "zope.event",
        "gunicorn.arbiter",
    ] {
        assert!(pair.same("python", ["-m", "pydoc", topic]).contains("FILE"), "{topic}");
    }
    let _ = pair
        .layered
        .python(["-m", "site"])
        .success()
        .says(pair.layered.library().to_str().unwrap());
    assert_eq!(
        pair.same("python", ["-m", "pip", "debug"]).lines().next(),
        Some("pip version: pip 26.3 from [SITE]/pip (python 3.11)")
    );
}

#[test]
fn processes_start_processes() {
    let Some(sandbox) = sandbox("processes_start_processes") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    for switches in [&[] as &[&str], &["-I"], &["-E", "-s", "-O"]] {
        let seen = pair.same_script("processes.py", switches);
        assert!(seen.contains("spawn ['[SITE]"), "{seen}");
    }
    // An environment made by the environment's Python is the base interpreter's, as in a flat one.
    let code = "import venv; venv.create('NAME', system_site_packages=True, with_pip=False)";
    for (place, name) in [(&pair.flat, "inner-flat"), (&pair.layered, "inner-layered")] {
        let _ = place.code(&code.replace("NAME", name)).success();
        let inner = sandbox.work(name).join("bin/python");
        let _ = sandbox
            .run(&inner, ["-c", "import django"])
            .fails_with(1)
            .says("No module named 'django'");
    }
}

#[test]
fn console_scripts_start() {
    let Some(sandbox) = sandbox("console_scripts_start") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    for (script, argument) in [
        ("gunicorn", "--version"),
        ("uvicorn", "--version"),
        ("celery", "--version"),
        ("django-admin", "version"),
        ("rst2html", "--version"),
        ("pytest", "-h"),
        ("uv", "--version"),
        ("keyring", "--help"),
    ] {
        assert!(!pair.same(script, [argument]).is_empty(), "{script}");
    }
    // A script of a wheel that begins with `#!python`.
    let parsed = sandbox.run("sh", ["-c", "echo '{\"a\": [1, 2]}' | layered/bin/jp.py 'a[1]'"]);
    assert_eq!(parsed.success().stdout, "2\n");
}
