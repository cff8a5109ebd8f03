//! Comparisons over the public index; they need the network and minutes, so they run only with `SNAPENV_LIVE=1`.
//!
//! The index is the one that the caller's pip is configured for (`PIP_INDEX_URL`, or pip's default).

use std::env;
use std::fs;
use std::path::Path;

use crate::pip_oracle::Oracle;
use crate::sandbox::Sandbox;
use crate::skipped::skipped;
use crate::tree::assert_same;

/// Variables by which the caller's pip reaches the public index.
const HANDED_ON: [&str; 8] = [
    "PIP_CERT",
    "PIP_INDEX_URL",
    "PIP_DEFAULT_TIMEOUT",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// Whether tests may use the network; says so aloud when not.
pub(crate) fn enabled(test: &str) -> bool {
    let enabled = env::var_os("SNAPENV_LIVE").is_some_and(|value| value == "1");
    if !enabled {
        skipped(test, "it uses the public index; set SNAPENV_LIVE=1 to run it");
    }
    enabled
}

/// Lets commands of the sandbox reach the public index as the caller's do.
pub(crate) fn reach_the_index(sandbox: &mut Sandbox) {
    for variable in HANDED_ON {
        if let Some(value) = env::var_os(variable) {
            sandbox.set(variable, value);
        }
    }
}

/// Compares what pip and snapenv make of a requirements file of `fixtures/requirements`.
fn compare(fixture: &str) {
    let mut sandbox = Sandbox::new();
    reach_the_index(&mut sandbox);
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/requirements")
        .join(fixture);
    let (folder, pip) = (sandbox.work(".venv"), sandbox.work("made-by-pip"));
    let oracle = Oracle::public(&sandbox);
    oracle.venv(&folder);
    let _ = oracle.install(&folder, ["-r".as_ref(), file.as_os_str()]).success();
    fs::rename(&folder, &pip).unwrap();
    for run in ["first", "second"] {
        let command = sandbox.snapenv_command(["venv".as_ref(), ".venv".as_ref(), "-r".as_ref(), file.as_os_str()]);
        let run_ = sandbox.finish(command).success();
        assert_same(&pip, &folder, &sandbox.python().executable);
        assert!(run == "first" || run_.misses() == 0, "{run_}");
        fs::rename(&folder, sandbox.work(run)).unwrap();
    }
}

/// Compares what pip and snapenv build of sdists: setuptools with and without an extension, flit, hatchling, poetry.
#[test]
fn builds_by_the_usual_backends() {
    if !enabled("live::builds_by_the_usual_backends") {
        return;
    }
    let mut sandbox = Sandbox::new();
    reach_the_index(&mut sandbox);
    // Debug information names the folder of the build, which is another one each time.
    sandbox.set("CFLAGS", "-g0");
    let pins = [
        "six==1.17.0",
        "markupsafe==3.0.2",
        "idna==3.10",
        "filelock==3.16.1",
        "tomlkit==0.13.2",
    ];
    let arguments = ["--no-binary", "six,markupsafe,idna,filelock,tomlkit"]
        .into_iter()
        .chain(pins);
    let (folder, pip) = (sandbox.work(".venv"), sandbox.work("made-by-pip"));
    let oracle = Oracle::public(&sandbox);
    oracle.venv(&folder);
    let _ = oracle.install(&folder, arguments.clone()).success();
    fs::rename(&folder, &pip).unwrap();
    let run = sandbox
        .snapenv(["venv", ".venv", "-v"].into_iter().chain(arguments))
        .success();
    let _ = run.never_says("is built by pip").says("building markupsafe 3.0.2");
    assert_same(&pip, &folder, &sandbox.python().executable);
}

#[test]
fn django_cms() {
    if enabled("live::django_cms") {
        compare("django-cms.txt");
    }
}

#[test]
fn data_science() {
    if enabled("live::data_science") {
        compare("data-science.txt");
    }
}
