use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::*;
use crate::interpreter::testing::{Tree, real_interpreters};
use crate::report::Silent;

fn host() -> Host {
    Host {
        id: "ci 1".to_owned(),
        machine: "x86_64".to_owned(),
        release: "6.1".to_owned(),
        version: "#1".to_owned(),
        os_release: "debian 12".to_owned(),
        library_path: None,
    }
}

/// A shell script that answers as an interpreter would, and counts how often it is started.
struct Fake {
    tree: Tree,
    python: PathBuf,
    cache: FactsCache,
}

impl Fake {
    fn new() -> Self {
        let tree = Tree::new();
        let witness = tree.file("lib/os.py", "");
        let python = tree.path("bin/python3.11");
        let answer = serde_json::json!({
            "version": [3, 11, 7], "executable": python, "base_prefix": "/p", "base_exec_prefix": "/p",
            "implementation": "cpython", "full_version": "3.11.7", "cache_tag": "cpython-311", "magic": "a70d0d0a",
            "abi": "cp311", "soabi": "", "platform": "linux-x86_64", "libc": {"glibc": [2, 36]},
            "markers": {"platform_release": "old", "platform_version": "old"},
            "scheme": {"purelib": "lib", "platlib": "lib", "scripts": "bin", "headers": "include", "data": ""},
            "lib64": true, "site_packages": [], "stdlib": "/p/lib", "bundled_pip": null, "own_pip": null,
            "build_variables": {"CC": "gcc"}, "witnesses": [witness], "shares_libpython": true,
        });
        let script = format!(
            "#!/bin/sh\necho start >>'{}'\necho noise\ncat <<'END'\nsnapenv-probe:{answer}\nEND\n",
            tree.path("starts").display()
        );
        tree.executable("bin/python3.11", &script);
        let cache = FactsCache::at(tree.path("cache/interpreters"));
        Self { tree, python, cache }
    }

    fn facts(&self, host: &Host) -> Facts {
        let interpreters = Interpreters {
            cache: &self.cache,
            host,
            progress: &Silent,
        };
        interpreters.facts(&self.python).unwrap()
    }

    fn starts(&self) -> usize {
        fs::read_to_string(self.tree.path("starts"))
            .unwrap_or_default()
            .lines()
            .count()
    }

    fn records(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.tree.path("cache/interpreters")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

#[test]
fn an_interpreter_is_started_once() {
    let fake = Fake::new();
    let first = fake.facts(&host());
    assert_eq!(fake.facts(&host()), first);
    assert_eq!(fake.starts(), 1);
    assert_eq!(fake.records().len(), 1, "no temporary file stays");
}

#[test]
fn a_kernel_update_changes_the_markers_and_starts_nothing() {
    let fake = Fake::new();
    let before = fake.facts(&host());
    assert_eq!(before.markers["platform_release"], "6.1");
    let after = fake.facts(&Host {
        release: "6.2".to_owned(),
        ..host()
    });
    assert_eq!(after.markers["platform_release"], "6.2");
    assert_eq!(fake.starts(), 1);
}

#[test]
fn whatever_the_facts_depend_on_makes_them_be_asked_for_again() {
    let fake = Fake::new();
    fake.facts(&host());
    let mut starts = 1;
    let mut again = |what: &str, host: &Host| {
        fake.facts(host);
        starts += 1;
        assert_eq!(fake.starts(), starts, "{what}");
        fake.facts(host);
        assert_eq!(fake.starts(), starts, "{what}, settled");
    };
    let script = fs::read_to_string(&fake.python).unwrap();
    fake.tree.executable("bin/python3.11", &format!("{script}# upgraded\n"));
    again("upgraded in place", &host());
    fs::write(fake.tree.path("lib/os.py"), "changed").unwrap();
    again("a changed standard library", &host());
    fs::remove_file(fake.tree.path("lib/os.py")).unwrap();
    again("a vanished file", &host());
    for record in fake.records() {
        fs::write(record, "{\"format\": 1, \"facts\"").unwrap();
    }
    again("a damaged record", &host());
    for record in fake.records() {
        let text = fs::read_to_string(&record).unwrap();
        let later = text.replacen("\"format\":1", "\"format\":999", 1);
        fs::write(record, later).unwrap();
    }
    again("a record of a later format", &host());
    let elsewhere = Host {
        id: "ci 2".to_owned(),
        ..host()
    };
    again("another host", &elsewhere);
    let other_libpython = Host {
        library_path: Some("/opt/lib".to_owned()),
        ..host()
    };
    again("another libpython", &other_libpython);
}

#[test]
fn a_cache_that_cannot_be_written_is_done_without() {
    let mut fake = Fake::new();
    fake.tree.file("file", "");
    fake.cache = FactsCache::at(fake.tree.path("file/interpreters"));
    fake.facts(&host());
    fake.facts(&host());
    assert_eq!(fake.starts(), 2);
}

#[test]
fn launchers_are_asked_each_time() {
    let fake = Fake::new();
    let launcher = fake.tree.executable(
        "shims/python3",
        &format!("#!/bin/sh\nexec '{}' \"$@\"\n", fake.python.display()),
    );
    let host = host();
    let interpreters = Interpreters {
        cache: &fake.cache,
        host: &host,
        progress: &Silent,
    };
    for starts in 1..=2 {
        assert_eq!(interpreters.facts(&launcher).unwrap().executable, fake.python);
        assert_eq!(fake.starts(), starts);
    }
}

#[test]
fn a_version_is_looked_for_behind_names_that_do_not_tell_it() {
    let mut fake = Fake::new();
    let host = host();
    fake.tree = fake.tree.on_path(&["other", "elsewhere"]);
    let other = fake.tree.executable("other/python3.11", "#!/bin/sh\necho hello\n");
    let find = |fake: &Fake, request: &str| {
        let interpreters = Interpreters {
            cache: &fake.cache,
            host: &host,
            progress: &Silent,
        };
        interpreters.find(&request.parse().unwrap(), &fake.tree.search)
    };
    assert!(matches!(find(&fake, "3.11.7"), Err(InterpreterError::NotPython(path)) if path == other));
    fake.tree.link("../bin/python3.11", "elsewhere/python");
    assert_eq!(find(&fake, "3.11.7").unwrap().executable, fake.python);
    assert_eq!(find(&fake, "3.11").unwrap().executable, fake.python);
    fs::remove_file(other).unwrap();
    fake.tree.link("../bin/python3.11", "other/python3.12");
    assert!(matches!(
        find(&fake, "3.12"),
        Err(InterpreterError::WrongVersion { found, .. }) if found == "3.11.7"
    ));
}

#[test]
fn failures_say_what_went_wrong() {
    let tree = Tree::new();
    let host = host();
    let interpreters = Interpreters {
        cache: &FactsCache::at(tree.path("cache")),
        host: &host,
        progress: &Silent,
    };
    let failure = |text: &str| {
        let path = tree.executable("python", &format!("#!/bin/sh\n{text}\n"));
        interpreters.facts(&path).unwrap_err()
    };
    let error = failure("echo 'Fatal Python error: no encodings' >&2; exit 1");
    assert!(
        matches!(&error, InterpreterError::Crashed { stderr, .. } if stderr.contains("no encodings")),
        "{error}"
    );
    assert!(matches!(failure("echo hello"), InterpreterError::NotPython(_)));
    assert!(matches!(
        failure("echo 'snapenv-probe:{\"version\": [3, 7, 1]}'"),
        InterpreterError::TooOld { version, .. } if version == "3.7.1"
    ));
    assert!(matches!(
        failure("echo 'Unknown option: -I' >&2; exit 2"),
        InterpreterError::TooOld { .. }
    ));
    assert!(matches!(
        failure("echo 'snapenv-probe:{\"version\": [3, 9, 1]}'"),
        InterpreterError::BadAnswer { .. }
    ));
    let plain = tree.path("python");
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(interpreters.facts(&plain), Err(InterpreterError::NotExecutable(_))));
    assert!(matches!(
        interpreters.facts(&tree.path("gone")),
        Err(InterpreterError::Missing(_))
    ));
    let slow = tree.executable("slow", "#!/bin/sh\nexec sleep 60\n");
    assert!(matches!(
        run(&slow, Duration::from_millis(50)),
        Err(InterpreterError::TimedOut { .. })
    ));
}

#[test]
fn real_interpreters_describe_themselves() {
    for facts in real_interpreters() {
        let script = "import sys, sysconfig; print(sys.version_info[1], sys.base_prefix, sysconfig.get_path('stdlib'), \
                      sys.implementation.cache_tag, sysconfig.get_platform(), sep='\\n')";
        let output = Command::new(&facts.executable).args(["-I", "-c", script]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let expected = format!(
            "{}\n{}\n{}\n{}\n{}\n",
            facts.version.1,
            facts.base_prefix.display(),
            facts.stdlib.display(),
            facts.cache_tag,
            facts.platform
        );
        assert_eq!(said, expected);
        assert_eq!(facts.markers.len(), 11);
        assert_eq!(facts.scheme.scripts, "bin");
        assert!(facts.scheme.purelib.ends_with("/site-packages"), "{:?}", facts.scheme);
        assert!(facts.stdlib.join("os.py").is_file());
        assert_eq!(facts.magic.len(), 8);
        if let Some(wheel) = &facts.bundled_pip {
            assert!(wheel.is_file());
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a measurement, seen with --nocapture")]
fn known_facts_are_loaded_at_once() {
    let facts = real_interpreters().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let interpreters = Interpreters {
        cache: &FactsCache::at(folder.path().to_owned()),
        host: &Host::detect(None),
        progress: &Silent,
    };
    let probed = interpreters.facts(&facts.executable).unwrap();
    let quickest = (0..20)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(interpreters.facts(&facts.executable).unwrap(), probed);
            start.elapsed()
        })
        .min()
        .unwrap();
    println!("known facts: {quickest:?}");
    // Far above what it takes (an unoptimized build included), far below a start of Python.
    assert!(quickest < Duration::from_millis(5), "{quickest:?}");
}
