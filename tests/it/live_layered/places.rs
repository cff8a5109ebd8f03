//! Environments and stores where people put them.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Place, sandbox, sandbox_of};
use crate::interpreters;
use crate::sandbox::Sandbox;
use crate::skipped::skipped;

const REQUEST: [&str; 3] = ["--no-deps", "six==1.16.0", "jmespath==1.0.1"];

/// Prints where the module came from.
const CODE: &str = "import six, jmespath; print(six.__file__)";

/// A sandbox with a store of its own, for tests that change the store.
fn with_own_store(test: &str) -> Option<Sandbox> {
    let mut sandbox = sandbox(test)?;
    let store = sandbox.cache("");
    sandbox.set("SNAPENV_CACHE_DIR", store);
    Some(sandbox)
}

#[test]
fn every_interpreter_reads_its_layer() {
    for python in interpreters::one_per_minor() {
        let Some(sandbox) = sandbox_of("every_interpreter_reads_its_layer", python) else {
            return;
        };
        let request = [
            "-p",
            python.executable.to_str().unwrap(),
            "--no-deps",
            "six==1.16.0",
            "zope.event==4.6",
        ];
        let place = Place::layered(&sandbox, "env", &request);
        let imported = place
            .code("import six, zope.event; print(six.__file__, zope.event.__file__)")
            .success();
        assert_eq!(
            place.neutral(&imported.stdout),
            "[SITE]/six.py [SITE]/zope/event/__init__.py\n"
        );
        assert!(imported.stderr.is_empty(), "{imported}");
        let _ = place.run("pip", ["list"]).success().says("zope.event");
    }
}

#[test]
fn an_environment_may_move() {
    let Some(sandbox) = sandbox("an_environment_may_move") else {
        return;
    };
    let mut place = Place::layered(&sandbox, "with space/and 'quote/.venv", &REQUEST);
    let moved = sandbox.work("moved here");
    fs::rename(sandbox.work("with space"), &moved).unwrap();
    place.folder = moved.join("and 'quote/.venv");
    // Scripts name their old place, as in every environment; Python itself does not care.
    assert_eq!(place.neutral(&place.code(CODE).success().stdout), "[SITE]/six.py\n");
    let _ = place.python(["-m", "pip", "install", "--no-deps", "six==1.17.0"]).success();
    assert_eq!(place.neutral(&place.code(CODE).success().stdout), "[OWN]/six.py\n");
}

#[test]
fn odd_names_of_the_store_and_symlinks_to_it() {
    let Some(mut sandbox) = sandbox("odd_names_of_the_store_and_symlinks_to_it") else {
        return;
    };
    for name in ["a store's # place", "import store", "größe\u{2603}", "-dash"] {
        sandbox.set("SNAPENV_CACHE_DIR", sandbox.root().join("home").join(name));
        let place = Place::layered(&sandbox, "env", &REQUEST);
        let seen = place.code(CODE).success();
        assert_eq!(place.neutral(&seen.stdout), "[SITE]/six.py\n", "{name}");
        // Whatever the locale, the path is read as it was written.
        let python = place.program("python");
        for locale in ["LC_ALL=C", "LC_ALL=POSIX", "PYTHONUTF8=0"] {
            let seen = sandbox.run("env", [locale, python.to_str().unwrap(), "-c", "import six, jmespath"]);
            assert!(seen.success().stderr.is_empty(), "{name} {locale}");
        }
    }
    // The home folder is a symlink, as with automounted homes; the environment must not depend on how it was reached.
    let link = sandbox.root().join("link");
    symlink(sandbox.home(""), &link).unwrap();
    sandbox.set("HOME", &link);
    sandbox.set("SNAPENV_CACHE_DIR", link.join("store"));
    let place = Place::layered(&sandbox, "env", &REQUEST);
    let _ = place.code(CODE).success().says("six.py");
    let again = sandbox.home("store").join("v1/merged");
    assert!(again.is_dir());
}

#[test]
fn another_user_runs_it() {
    let Some(sandbox) = with_own_store("another_user_runs_it") else {
        return;
    };
    if !rustix::process::geteuid().is_root() {
        skipped("live_layered::another_user_runs_it", "only root may become another user");
        return;
    }
    let place = Place::layered(&sandbox, "env", &REQUEST);
    let _ = sandbox.run("chmod", ["755", sandbox.root().to_str().unwrap()]).success();
    let python = place.program("python");
    let other = |arguments: &[&str]| {
        let before = ["--reuid=65534", "--regid=65534", "--clear-groups", python.to_str().unwrap()];
        sandbox.run("setpriv", before.iter().chain(arguments))
    };
    if other(&["-c", "pass"]).status.code() != Some(0) {
        skipped(
            "live_layered::another_user_runs_it",
            "the interpreter is out of that user's reach",
        );
        return;
    }
    assert_eq!(place.neutral(&other(&["-c", CODE]).success().stdout), "[SITE]/six.py\n");
    let _ = other(&["-O", "-c", CODE]).success();
    let _ = other(&["-m", "pip", "list"]).success().says("jmespath");
    let _ = other(&["-m", "pip", "uninstall", "-y", "six"]).says("Can't uninstall 'six'");
}
