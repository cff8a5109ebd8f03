use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

use super::*;
use crate::interpreter::testing::real_interpreters;

/// Everything that is hard about a path, but a line break.
const HARD: &str = "it's \"50%\" \\n of \\x41 ünï 雪 #{$HOME}";

/// An environment without a skeleton and a layer with nested `.pth` files.
struct Pair {
    folder: TempDir,
    environment: PathBuf,
    layer: PathBuf,
    facts: Facts,
}

#[derive(Deserialize)]
struct Said {
    path: Vec<String>,
    nested: u32,
}

impl Pair {
    fn new(facts: &Facts) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let key: SnapshotKey = blake3::hash(b"snapshot").into();
        let (environment, layer) = (root.join("env"), Layout::new(&root.join(HARD)).merged(key));
        let library = layer.join(&facts.scheme.purelib);
        fs::create_dir_all(library.join("added")).unwrap();
        fs::write(
            library.join("nested.pth"),
            "added\nimport sys; sys.nested = getattr(sys, 'nested', 0) + 1\n",
        )
        .unwrap();
        fs::create_dir_all(environment.join("bin")).unwrap();
        fs::create_dir_all(environment.join(&facts.scheme.purelib).join("own")).unwrap();
        fs::write(environment.join(&facts.scheme.purelib).join("zzz.pth"), "own\n").unwrap();
        symlink(&facts.executable, environment.join("bin/python")).unwrap();
        let home = facts.executable.parent().unwrap().display();
        fs::write(
            environment.join("pyvenv.cfg"),
            format!("home = {home}\ninclude-system-site-packages = false\n"),
        )
        .unwrap();
        Self {
            folder,
            environment,
            layer,
            facts: facts.clone(),
        }
    }

    fn link(&self) -> LayerLink {
        LayerLink::new(&self.layer, &self.facts.scheme).unwrap()
    }

    /// Standard output and error of the environment's Python.
    fn python(&self, arguments: &[&str], variables: &BTreeMap<&str, &str>) -> (String, String) {
        let mut command = Command::new(self.environment.join("bin/python"));
        let output = command
            .args(arguments)
            .env_clear()
            .envs(variables)
            .current_dir(self.folder.path());
        let output = output.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    }

    /// What the interpreter finds, own folders only.
    fn asked(&self, arguments: &[&str], variables: &BTreeMap<&str, &str>) -> (Vec<String>, u32) {
        const ASK: &str = "import json, sys; print(json.dumps({'path': sys.path, 'nested': getattr(sys, 'nested', 0)}))";
        let (out, error) = self.python(&[arguments, &["-c", ASK]].concat(), variables);
        assert_eq!(error, "", "{}", self.facts.full_version);
        let Said { path, nested } = serde_json::from_str(&out).unwrap();
        let root = self.folder.path().canonicalize().unwrap();
        let ours = path.into_iter().filter(|path| path.starts_with(root.to_str().unwrap()));
        (ours.collect(), nested)
    }

    fn expected(&self) -> [String; 4] {
        let own = self.environment.join(&self.facts.scheme.purelib);
        let layer = self.layer.join(&self.facts.scheme.purelib);
        [own.clone(), layer.clone(), layer.join("added"), own.join("own")].map(|path| path.to_str().unwrap().to_owned())
    }
}

#[test]
fn every_python_finds_the_layer_right_behind_its_own_folder() {
    for facts in real_interpreters() {
        let pair = Pair::new(&facts);
        pair.link().write(&pair.environment, &facts).unwrap();
        let utf8 = BTreeMap::from([("LC_ALL", "C.UTF-8")]);
        for flags in [&["-I", "-O"][..], &["-E", "-s"]] {
            let (path, nested) = pair.asked(flags, &utf8);
            assert_eq!(path, pair.expected(), "{}", facts.full_version);
            // As in a flat environment: `site` goes twice over an environment's folder.
            assert_eq!(nested, 2, "{}", facts.full_version);
        }
    }
}

#[test]
fn a_locale_that_cannot_read_the_path_does_no_harm() {
    for facts in real_interpreters() {
        let pair = Pair::new(&facts);
        pair.link().write(&pair.environment, &facts).unwrap();
        // Bytes beyond ASCII are read as Latin-1, if the machine has such a locale, and as UTF-8 else.
        for variables in [
            BTreeMap::from([("LC_ALL", "en_US.ISO-8859-1")]),
            BTreeMap::from([("LC_ALL", "C")]),
        ] {
            let (path, nested) = pair.asked(&[], &variables);
            assert_eq!((path.len(), nested), (4, 2), "{}: {path:?}", facts.full_version);
        }
    }
}

#[test]
fn a_layer_that_is_gone_is_said_in_one_line() {
    for facts in real_interpreters() {
        let pair = Pair::new(&facts);
        pair.link().write(&pair.environment, &facts).unwrap();
        assert!(pair.link().is_whole());
        fs::rename(&pair.layer, pair.folder.path().join("elsewhere")).unwrap();
        assert!(!pair.link().is_whole());
        let (out, error) = pair.python(&["-I", "-c", "print('goes on')"], &BTreeMap::from([("LC_ALL", "C.UTF-8")]));
        assert_eq!(out, "goes on\n");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(
            error.contains("it's \"50%\" \\n of") && error.starts_with("snapenv: "),
            "{error}"
        );
    }
}

#[test]
fn from_3_15_on_a_callable_does_the_same() {
    let Some(mut facts) = real_interpreters().pop() else { return };
    let real = facts.clone();
    let pair = Pair::new(&real);
    facts.version = (3, 15, 0);
    pair.link().write(&pair.environment, &facts).unwrap();
    let library = pair.environment.join(&real.scheme.purelib);
    assert_eq!(
        fs::read_to_string(library.join("000_snapenv.start")).unwrap(),
        "_snapenv_layer:attach\n"
    );
    // This interpreter only reads the file, which is made to say nothing to it.
    let hidden = library.join("000_snapenv.pth");
    let call = format!(
        "import sys; sys.path[:] = [path for path in sys.path if 'merged' not in path]; sys.nested = 0\n\
         import _snapenv_layer; _snapenv_layer.attach(); _snapenv_layer.attach()\n\
         print([path for path in sys.path if 'merged' in path] == {:?}, sys.nested)",
        &pair.expected()[1..3]
    );
    let utf8 = BTreeMap::from([("LC_ALL", "C.UTF-8"), ("PYTHONDONTWRITEBYTECODE", "1")]);
    let (out, error) = pair.python(&["-c", &call], &utf8);
    assert_eq!((out.as_str(), error.as_str()), ("True 2\n", ""));
    fs::rename(&pair.layer, pair.folder.path().join("elsewhere")).unwrap();
    let (_, error) = pair.python(
        &["-c", "import _snapenv_layer as layer; layer.attach(); layer.attach()"],
        &utf8,
    );
    assert_eq!(error.lines().count(), 1, "{error}");
    pair.link().remove(&pair.environment).unwrap();
    assert!(!hidden.exists() && !library.join("_snapenv_layer.py").exists() && !library.join("000_snapenv.start").exists());
}

#[test]
fn a_pointer_is_read_back_and_moved() {
    let Some(facts) = real_interpreters().pop() else { return };
    let pair = Pair::new(&facts);
    assert_eq!(LayerLink::read(&pair.environment), None);
    pair.link().write(&pair.environment, &facts).unwrap();
    let found = LayerLink::read(&pair.environment).unwrap();
    assert_eq!(found, pair.link());
    let text = fs::read_to_string(pair.environment.join(&facts.scheme.purelib).join("000_snapenv.pth")).unwrap();
    assert!(
        text.lines().all(|line| line.starts_with("import ") == line.is_ascii()),
        "{text}"
    );
    let (store, key) = found.snapshot().unwrap();
    assert_eq!(key, blake3::hash(b"snapshot").into());
    assert_eq!(store.merged(key), pair.layer);
    let other = store.merged(blake3::hash(b"other").into());
    LayerLink::new(&other, &facts.scheme)
        .unwrap()
        .write(&pair.environment, &facts)
        .unwrap();
    assert_eq!(LayerLink::read(&pair.environment).unwrap().layer(), other);
    let left: Vec<_> = fs::read_dir(pair.environment.join(&facts.scheme.purelib)).unwrap().collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn two_library_folders_make_four_lines() {
    let Some(mut facts) = real_interpreters().pop() else { return };
    facts.version = (3, 13, 0);
    facts.scheme.platlib = facts.scheme.purelib.replace("lib/", "lib64/");
    let pair = Pair::new(&facts);
    pair.link().write(&pair.environment, &facts).unwrap();
    let text = fs::read_to_string(pair.environment.join(&facts.scheme.purelib).join("000_snapenv.pth")).unwrap();
    assert_eq!(text.lines().count(), 4);
    let found = LayerLink::read(&pair.environment).unwrap();
    assert_eq!(found, pair.link());
}

#[test]
fn a_path_that_no_pth_file_can_hold_is_refused() {
    let Some(facts) = real_interpreters().pop() else { return };
    for path in ["/srv/a\nb", "/srv/a\rb", "/srv/a\u{2028}b", "srv"] {
        let error = LayerLink::new(Path::new(path), &facts.scheme).unwrap_err();
        assert!(error.hint().is_some(), "{error}");
    }
    let error = LayerLink::new(Path::new(std::ffi::OsStr::from_bytes(b"/srv/\xff")), &facts.scheme).unwrap_err();
    assert!(error.to_string().contains("UTF-8"), "{error}");
}
