use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use walkdir::WalkDir;

use super::*;
use crate::interpreter::testing::real_interpreters;
use crate::interpreter::{PythonRequest, Search, locate};

fn skeleton<'a>(facts: &'a Facts, destination: &'a Path) -> Skeleton<'a> {
    Skeleton {
        facts,
        destination,
        prompt: None,
        system_site_packages: SystemSite::Hidden,
        seed: Seed::Without,
    }
}

/// Writes beside the destination and renames, as environments are made.
fn make(skeleton: &Skeleton<'_>) {
    let staging = tempfile::tempdir_in(skeleton.destination.parent().unwrap()).unwrap();
    skeleton.write(staging.path()).unwrap();
    fs::rename(staging.path(), skeleton.destination).unwrap();
}

fn python(executable: &Path, arguments: &[&str]) -> String {
    let output = Command::new(executable).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {arguments:?}: {errors}", executable.display());
    String::from_utf8(output.stdout).unwrap()
}

/// What an environment looks like from the inside. The executable's own name may differ: `python3` in one is `python` in the other.
const INSIDE: &str = "
import os, site, sys, sysconfig
for name in 'prefix exec_prefix base_prefix base_exec_prefix path flags'.split():
    print(name, getattr(sys, name))
for name, path in sorted(sysconfig.get_paths().items()):
    print(name, path)
print(site.getsitepackages(), site.ENABLE_USER_SITE, os.path.dirname(sys.executable), os.path.realpath(sys.executable))
";

/// What the environment shows, its settings, and its folders, links and files.
struct Seen {
    inside: String,
    config: BTreeMap<String, String>,
    tree: BTreeMap<PathBuf, String>,
}

fn look(environment: &Path) -> Seen {
    let inside = python(&environment.join("bin/python"), &["-I", "-c", INSIDE]);
    let text = fs::read_to_string(environment.join("pyvenv.cfg")).unwrap();
    let pairs = text.lines().map(|line| line.split_once(" = ").unwrap());
    let config = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let entries = WalkDir::new(environment).min_depth(1).into_iter().map(Result::unwrap);
    let tree = entries
        .map(|entry| {
            let path = entry.path().strip_prefix(environment).unwrap().to_owned();
            // Which link of bin/python leads to which is no one's business, where they all end is.
            let target = if path.starts_with("bin") {
                fs::canonicalize(entry.path()).unwrap()
            } else {
                fs::read_link(entry.path()).unwrap_or_default()
            };
            let kind = match entry.file_type() {
                kind if kind.is_symlink() => format!("link to {}", target.display()),
                kind if kind.is_dir() => "folder".to_owned(),
                _ => "file".to_owned(),
            };
            (path, kind)
        })
        .collect();
    Seen { inside, config, tree }
}

#[test]
fn it_equals_what_venv_makes_at_the_same_path() {
    for facts in real_interpreters() {
        for system_site_packages in [SystemSite::Hidden, SystemSite::Visible] {
            let folder = tempfile::tempdir().unwrap();
            let parent = fs::canonicalize(folder.path()).unwrap();
            let destination = parent.join("env with space");
            let at = destination.to_str().unwrap();
            let mut arguments = vec!["-m", "venv", "--without-pip"];
            if system_site_packages == SystemSite::Visible {
                arguments.push("--system-site-packages");
            }
            arguments.extend(["--prompt", "it's \"é\" \\ \t", at]);
            python(&facts.executable, &arguments);
            let expected = look(&destination);
            fs::remove_dir_all(&destination).unwrap();

            make(&Skeleton {
                prompt: Some("it's \"é\" \\ \t"),
                system_site_packages,
                ..skeleton(&facts, &destination)
            });
            let made = look(&destination);
            let request = PythonRequest::Path(destination.clone());
            assert_eq!(locate(&request, &Search::default()).unwrap(), facts.executable);
            assert_eq!(made.inside, expected.inside, "{}", facts.full_version);
            for (key, value) in &expected.config {
                assert_eq!(made.config.get(key), Some(value), "{key} of {}", facts.full_version);
            }
            for (path, kind) in &expected.tree {
                assert_eq!(
                    made.tree.get(path),
                    Some(kind),
                    "{} of {}",
                    path.display(),
                    facts.full_version
                );
            }
            assert_eq!(
                made.tree[&PathBuf::from(format!("bin/python{}", facts.major_minor()))],
                expected.tree[Path::new("bin/python")]
            );
        }
    }
}

/// pip itself is asked where it would install to.
#[test]
fn the_scheme_is_the_one_that_pip_uses_in_it() {
    let mut asked = 0;
    for facts in real_interpreters() {
        // An installed pip has its bytecode beside it, the bundled wheel would be compiled anew each time.
        let installed = facts
            .site_packages
            .iter()
            .find(|folder| folder.join("pip/__init__.py").is_file());
        let Some(pip) = installed.or(facts.bundled_pip.as_ref()).and_then(|path| path.to_str()) else {
            continue;
        };
        let folder = tempfile::tempdir().unwrap();
        let destination = fs::canonicalize(folder.path()).unwrap().join("env");
        make(&skeleton(&facts, &destination));
        let script = "import sys; sys.path.insert(0, sys.argv[1])\n\
                      from pip._internal.locations import get_scheme\n\
                      scheme = get_scheme('name')\n\
                      for key in 'purelib platlib scripts headers data'.split(): print(getattr(scheme, key))";
        let said = python(&destination.join("bin/python"), &["-I", "-B", "-c", script, pip]);
        let scheme = &facts.scheme;
        let headers = format!("{}/name", scheme.headers);
        let expected: Vec<_> = [&scheme.purelib, &scheme.platlib, &scheme.scripts, &headers]
            .into_iter()
            .map(|path| destination.join(path))
            .chain([destination.clone()])
            .collect();
        assert_eq!(said.lines().map(PathBuf::from).collect::<Vec<_>>(), expected);
        asked += 1;
    }
    assert!(asked > 0, "no interpreter here has a pip to compare with");
}

#[test]
fn settings_of_virtualenv_are_there_too() {
    let facts = real_interpreters().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let destination = folder.path().join("env");
    make(&skeleton(&facts, &destination));
    let config = look(&destination).config;
    assert_eq!(config["snapenv"], env!("CARGO_PKG_VERSION"));
    assert_eq!(Path::new(&config["base-prefix"]), facts.base_prefix);
    assert_eq!(Path::new(&config["base-executable"]), facts.executable);
    assert_eq!(config["implementation"], facts.markers["platform_python_implementation"]);
    let version_info = python(&facts.executable, &["-c", "import sys; print(*sys.version_info, sep='.')"]);
    assert_eq!(config["version_info"], version_info.trim());
    assert_eq!(
        fs::read_to_string(destination.join(".gitignore")).unwrap().lines().last(),
        Some("*")
    );
}

#[test]
fn no_prompt_or_path_adds_a_setting() {
    let facts = real_interpreters().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let destination = folder.path().join("env\nhome = /evil");
    let skeleton = Skeleton {
        prompt: Some("x\nhome = /evil\r\nhome = /evil"),
        ..skeleton(&facts, &destination)
    };
    let text = config::text(&skeleton).unwrap();
    assert_eq!(
        text.lines().filter(|line| line.trim_start().starts_with("home")).count(),
        1,
        "{text}"
    );
    assert_eq!(text.lines().count(), 12, "{text}");
}

#[test]
fn pre_releases_have_their_level() {
    let mut facts = real_interpreters().remove(0);
    facts.version = (3, 14, 0);
    for (full, expected) in [
        ("3.14.0", "3.14.0.final.0"),
        ("3.14.0rc2", "3.14.0.candidate.2"),
        ("3.14.0a1+", "3.14.0.alpha.1"),
        ("3.14.0+", "3.14.0.final.0"),
    ] {
        facts.full_version = full.to_owned();
        let text = config::text(&skeleton(&facts, Path::new("/e"))).unwrap();
        assert!(text.contains(&format!("version_info = {expected}\n")), "{text}");
    }
}

#[test]
fn destinations_that_cannot_work_are_refused() {
    let facts = real_interpreters().remove(0);
    let staging = tempfile::tempdir().unwrap();
    let refused = |path: &str| skeleton(&facts, Path::new(path)).write(staging.path()).unwrap_err();
    assert!(matches!(refused("env"), SkeletonError::Relative(_)));
    assert!(matches!(refused("/a:b"), SkeletonError::Colon(_)));
    assert_eq!(
        fs::read_dir(staging.path()).unwrap().count(),
        0,
        "before anything was written"
    );
}

/// Fedora's Python 3.8 to 3.10 has its platform-specific modules there.
#[test]
fn lib64_is_a_link_even_where_modules_are_in_it() {
    let mut facts = real_interpreters().remove(0);
    facts.lib64 = true;
    facts.scheme.platlib = facts.scheme.purelib.replacen("lib/", "lib64/", 1);
    let folder = tempfile::tempdir().unwrap();
    let destination = folder.path().join("env");
    make(&skeleton(&facts, &destination));
    assert_eq!(fs::read_link(destination.join("lib64")).unwrap(), Path::new("lib"));
    assert!(destination.join(&facts.scheme.platlib).is_dir());
}

#[test]
fn free_threaded_builds_keep_their_names() {
    let mut facts = real_interpreters().remove(0);
    facts.version = (3, 13, 1);
    facts.executable = PathBuf::from("/opt/bin/python3.13t");
    facts.scheme.purelib = "lib/python3.13t/site-packages".to_owned();
    let folder = tempfile::tempdir().unwrap();
    let destination = folder.path().join("env");
    make(&skeleton(&facts, &destination));
    assert!(destination.join("include/python3.13t").is_dir());
    for name in ["python3", "python3.13", "python3.13t"] {
        assert_eq!(
            fs::read_link(destination.join("bin").join(name)).unwrap(),
            Path::new("python")
        );
    }
}
