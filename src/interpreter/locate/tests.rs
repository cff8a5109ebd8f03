use super::*;
use crate::interpreter::testing::{Tree, shim_text};

#[test]
fn python3_comes_before_python_wherever_they_are_on_the_path() {
    let tree = Tree::new().on_path(&["a", "b"]);
    let python = tree.executable("a/python", "");
    assert_eq!(tree.locate("").unwrap(), python);
    let python3 = tree.executable("b/python3", "");
    assert_eq!(tree.locate("").unwrap(), python3);
}

#[test]
fn what_cannot_be_executed_and_empty_entries_are_passed_over() {
    let mut tree = Tree::new().on_path(&["a", "b"]);
    tree.search.path.insert(0, PathBuf::new());
    tree.executable("project/python3", "");
    tree.file("a/python3", "");
    std::fs::create_dir_all(tree.path("b/python")).unwrap();
    assert!(matches!(tree.locate(""), Err(InterpreterError::NotFound { .. })));
    let python3 = tree.executable("b/python3", "");
    assert_eq!(tree.locate("").unwrap(), python3);
}

#[test]
fn one_interpreter_has_one_name() {
    let tree = Tree::new().on_path(&["bin"]);
    let real = tree.executable("bin/python3.11", "");
    tree.link("python3", "bin/python");
    tree.link("python3.11", "bin/python3");
    for request in ["", "3", "3.11", "python", "python3"] {
        assert_eq!(tree.locate(request).unwrap(), real, "{request}");
    }
}

#[test]
fn links_to_other_folders_and_to_dispatchers_keep_their_names() {
    let tree = Tree::new().on_path(&["bin"]);
    tree.executable("opt/python3.11", "");
    tree.executable("bin/python-exec2c", "");
    let far = tree.link("../opt/python3.11", "bin/python3.11");
    let dispatched = tree.link("python-exec2c", "bin/python3");
    assert_eq!(tree.locate("3.11").unwrap(), far);
    assert_eq!(tree.locate("3").unwrap(), dispatched);
}

#[test]
fn shims_answer_for_the_selected_version() {
    let mut tree = Tree::new().pyenv(&["3.9.1", "3.11.7", "3.12.1"]).on_path(&["pyenv/shims"]);
    tree.file("pyenv/version", "3.11.7\n");
    let of = |version: &str, name: &str| tree.path(&format!("pyenv/versions/{version}/bin/{name}"));
    let (old, global, new) = (
        of("3.9.1", "python3.9"),
        of("3.11.7", "python3.11"),
        of("3.12.1", "python3.12"),
    );
    assert_eq!(tree.locate("").unwrap(), global);
    tree.file(".python-version", "# comment\n\n3.12 trailing words\n");
    assert_eq!(tree.locate("").unwrap(), new, "found in a parent folder, by prefix");
    tree.file("project/.python-version", "python-3.9.1\r\n");
    assert_eq!(tree.locate("").unwrap(), old);
    tree.search.pyenv_version = Some("3.10.99:3.11".to_owned());
    assert_eq!(tree.locate("").unwrap(), global, "what is not installed is passed over");
    // The shim of a version that is not selected finds nothing; the installed version is found all the same.
    assert_eq!(tree.locate("3.12").unwrap(), new);
    assert_eq!(tree.locate("python3.12").unwrap(), new);
    assert_eq!(tree.locate("3.9.1").unwrap(), old);
}

#[test]
fn a_shim_is_known_by_its_text_and_names_its_own_root() {
    let mut tree = Tree::new().pyenv(&["3.11.7"]).on_path(&["elsewhere"]);
    tree.search.pyenv_root = None;
    tree.executable("elsewhere/python3", &shim_text(&tree.path("pyenv")));
    tree.file("pyenv/version", "3.11.7");
    let real = tree.path("pyenv/versions/3.11.7/bin/python3.11");
    assert_eq!(tree.locate("").unwrap(), real);
    assert_eq!(tree.locate("../elsewhere/python3").unwrap(), real);
}

#[test]
fn system_is_the_path_without_shims() {
    let mut tree = Tree::new().pyenv(&["3.11.7"]).on_path(&["pyenv/shims", "bin"]);
    let system = tree.executable("bin/python3", "");
    assert_eq!(tree.locate("").unwrap(), system, "no version file means system");
    tree.search.pyenv_version = Some("system:3.11.7".to_owned());
    assert_eq!(tree.locate("python3").unwrap(), system);
    assert_eq!(
        tree.locate("python").unwrap(),
        tree.path("pyenv/versions/3.11.7/bin/python3.11"),
        "the system has no python, so the next version is asked"
    );
}

#[test]
fn a_missing_version_is_named_together_with_what_selects_it() {
    let tree = Tree::new().pyenv(&["3.11.7"]).on_path(&["pyenv/shims"]);
    tree.file("project/.python-version", "3.10.4\n../../3.11.7\n");
    let error = tree.locate("").unwrap_err();
    let text = error.to_string();
    assert!(text.contains("3.10.4") && text.contains("project/.python-version"), "{text}");
    assert!(!text.contains(".."), "versions outside of the folder are ignored: {text}");
    assert_eq!(
        error.hint().unwrap(),
        "run `pyenv install 3.10.4`, or name another Python with -p"
    );
}

#[test]
fn prefixes_mean_the_newest_release() {
    let installed = [
        "3.1.5",
        "3.11.2",
        "3.11.10",
        "3.11.9",
        "3.11.11rc1",
        "3.11-dev",
        "3.13.0",
        "3.13.1t",
        "3.14.0a2",
    ];
    let tree = Tree::new().pyenv(&installed);
    let pyenv = Pyenv::at(tree.path("pyenv"));
    let newest = |prefix: &str| {
        let folder = pyenv.installed(prefix)?;
        Some(folder.file_name()?.to_str()?.to_owned())
    };
    assert_eq!(newest("3.11").unwrap(), "3.11.10");
    assert_eq!(newest("3.1").unwrap(), "3.1.5");
    assert_eq!(newest("3").unwrap(), "3.13.0");
    assert_eq!(newest("3.13").unwrap(), "3.13.0");
    assert_eq!(newest("3.13t").unwrap(), "3.13.1t");
    assert_eq!(newest("python-3.11").unwrap(), "3.11.10");
    assert_eq!(newest("3.14"), None);
    assert_eq!(newest("3.14.0a2").unwrap(), "3.14.0a2");
}

#[test]
fn environments_stand_for_their_base() {
    let tree = Tree::new().on_path(&["env/bin"]);
    let base = tree.executable("opt/bin/python3.11", "");
    tree.executable("opt/bin/python", "of another version");
    tree.link("../../opt/bin/python3.11", "env/bin/python");
    tree.link("python", "env/bin/python3");
    let home = tree.path("opt/bin");
    tree.file("env/pyvenv.cfg", &format!("home = {}\nversion = 3.11.7\n", home.display()));
    for request in ["", "../env", "../env/bin/python3"] {
        assert_eq!(tree.locate(request).unwrap(), base, "{request}");
    }
    // Python 3.8 to 3.10 make such chains when an environment's python makes an environment.
    tree.link("../../../env/bin/python", "project/.venv/bin/python");
    let home = tree.path("env/bin");
    tree.file("project/.venv/pyvenv.cfg", &format!("home={}\n", home.display()));
    assert_eq!(tree.locate(".venv").unwrap(), base);
}

#[test]
fn broken_environments_are_told_from_missing_ones() {
    let tree = Tree::new();
    tree.executable("env/bin/python", "");
    let gone = tree.path("gone");
    tree.file("env/pyvenv.cfg", &format!("home = {}\n", gone.display()));
    let error = tree.locate("../env").unwrap_err();
    assert!(
        matches!(&error, InterpreterError::BrokenEnvironment { home, .. } if *home == gone),
        "{error}"
    );
    tree.executable("a/bin/python", "");
    tree.executable("b/bin/python", "");
    tree.file("a/pyvenv.cfg", &format!("home = {}\n", tree.path("b/bin").display()));
    tree.file("b/pyvenv.cfg", &format!("home = {}\n", tree.path("a/bin").display()));
    assert!(matches!(tree.locate("../a"), Err(InterpreterError::EndlessChain(_))));
}

#[test]
fn paths_fail_with_the_reason() {
    let tree = Tree::new();
    tree.file("project/plain", "");
    std::fs::create_dir(tree.path("project/empty")).unwrap();
    assert!(matches!(tree.locate("./gone"), Err(InterpreterError::Missing(_))));
    assert!(matches!(tree.locate("./plain"), Err(InterpreterError::NotExecutable(_))));
    assert!(matches!(tree.locate("./empty"), Err(InterpreterError::NoPythonInFolder(_))));
    assert!(matches!(tree.locate("3.11"), Err(InterpreterError::NotFound { .. })));
}
