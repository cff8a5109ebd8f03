//! Killed, failed, foreign and forged.

use super::*;
use crate::environment::proof::Sealed;

fn paths(texts: &[&str]) -> Vec<PathBuf> {
    texts.iter().map(PathBuf::from).collect()
}

/// Everything below a folder, sorted.
fn listing(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name();
    let below = |entry: walkdir::DirEntry| Some(entry.path().strip_prefix(folder).ok()?.to_string_lossy().into_owned());
    entries.into_iter().filter_map(Result::ok).filter_map(below).collect()
}

fn environment() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    fs::create_dir_all(folder.path().join("lib/site-packages")).expect("folder");
    fs::write(folder.path().join("lib/site-packages/old.py"), "").expect("file");
    folder
}

fn creations() -> Creations {
    Creations {
        files: paths(&[
            "lib/site-packages/new.py",
            "lib/site-packages/a/one.py",
            "lib/site-packages/a/b/two.py",
            "bin/new",
        ]),
        folders: paths(&["bin", "lib/site-packages/a", "lib/site-packages/a/b"]),
    }
}

/// Creates the first `count` files as an installation would.
fn create(environment: &Path, count: usize) {
    for file in creations().files.iter().take(count) {
        let path = environment.join(file);
        fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        fs::write(path, "x").expect("file");
    }
}

/// Between proof and journal, a kill once left an installation that the proof did not tell of.
#[test]
fn an_installation_is_made_at_the_moment_when_the_proof_tells_of_it() {
    let sealed = || Sealed {
        key: "ab".repeat(32).parse().expect("key"),
        manifest: None,
    };
    let folder = environment();
    fs::write(folder.path().join("pyvenv.cfg"), "home = /usr/bin\nsnapenv = 0.1.0\n").expect("file");
    let proof = Proof {
        path: folder.path().to_string_lossy().into_owned(),
        prompt: None,
        snapshots: vec![sealed()],
        recorded: Vec::new(),
    };
    proof.seal(folder.path()).expect("proof");
    for killed_before in [true, false] {
        let before = listing(folder.path());
        let journal = Journal::begin(folder.path(), creations()).expect("journal");
        create(folder.path(), 4);
        if !killed_before {
            Proof::amend(folder.path(), |proof| proof.snapshots.push(sealed())).expect("proof");
        }
        std::mem::forget(journal);
        // It was killed while it wrote, or right after that.
        fs::write(folder.path().join(".snapenv-proof.new"), "").expect("file");
        let recovered = recover(folder.path()).expect("settled");
        let after = listing(folder.path());
        assert!(!has_journal(folder.path()));
        if killed_before {
            assert_eq!((recovered, after), (Recovered::Undone, before));
        } else {
            assert_eq!((recovered, after.len()), (Recovered::Finished, before.len() + 7));
        }
    }
}

#[test]
fn a_killed_installation_is_undone_by_the_next_run() {
    for count in 0..=4 {
        let folder = environment();
        let before = listing(folder.path());
        let journal = Journal::begin(folder.path(), creations()).expect("journal");
        create(folder.path(), count);
        // A killed process drops nothing.
        std::mem::forget(journal);
        assert!(has_journal(folder.path()));
        assert_eq!(recover(folder.path()).expect("undone"), Recovered::Undone);
        assert_eq!(listing(folder.path()), before, "after {count} files");
        assert_eq!(recover(folder.path()).expect("nothing"), Recovered::Nothing);
    }
}

#[test]
fn a_failed_installation_is_undone_at_once() {
    let folder = environment();
    let before = listing(folder.path());
    let journal = Journal::begin(folder.path(), creations()).expect("journal");
    create(folder.path(), 3);
    drop(journal);
    assert_eq!(listing(folder.path()), before);
}

#[test]
fn what_is_committed_stays() {
    let folder = environment();
    let journal = Journal::begin(folder.path(), creations()).expect("journal");
    create(folder.path(), 4);
    let complete = listing(folder.path());
    journal.commit().expect("committed");
    assert_eq!(listing(folder.path()).len(), complete.len() - 1);
    assert!(!has_journal(folder.path()));
}

#[test]
fn bytecode_goes_and_files_of_others_stay() {
    let folder = environment();
    let journal = Journal::begin(folder.path(), creations()).expect("journal");
    create(folder.path(), 4);
    let package = folder.path().join("lib/site-packages/a");
    fs::create_dir(package.join("__pycache__")).expect("folder");
    fs::write(package.join("__pycache__/one.cpython-311.pyc"), "").expect("file");
    fs::write(folder.path().join("bin/foreign"), "").expect("file");
    journal.undo_except(&folder.path().join("lib/site-packages/new.py"));
    let left = [
        "bin",
        "bin/foreign",
        "lib",
        "lib/site-packages",
        "lib/site-packages/new.py",
        "lib/site-packages/old.py",
    ];
    assert_eq!(listing(folder.path()), left);
}

#[test]
fn a_forged_journal_reaches_nothing_outside() {
    let folder = environment();
    let outside = tempfile::tempdir().expect("folder");
    let victim = outside.path().join("victim");
    fs::write(&victim, "").expect("file");
    let forged = Creations {
        files: vec![
            victim.clone(),
            PathBuf::from("../victim"),
            PathBuf::from("./lib/../../victim"),
        ],
        folders: Vec::new(),
    };
    let text = serde_json::to_vec(&Written {
        format: 1,
        creations: forged,
        after: None,
        sealed: None,
    })
    .expect("json");
    fs::write(folder.path().join(NAME), text).expect("journal");
    recover(folder.path()).expect("undone");
    assert!(victim.exists());
}

#[test]
fn a_journal_that_is_not_understood_is_left_alone() {
    let folder = environment();
    for text in ["{\"format\": 4, \"files\": [], \"folders\": []}", "no json"] {
        fs::write(folder.path().join(NAME), text).expect("journal");
        assert!(recover(folder.path()).is_err());
        assert!(has_journal(folder.path()));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(100))]

    /// Whatever a journal says, nothing outside of the environment is touched.
    #[test]
    fn any_journal_is_settled_or_refused(lists in proptest::collection::vec(proptest::collection::vec(proptest::sample::select(vec![
        "..", "../victim", "../folder", "/", "lib", "lib/../../victim", "lib/old.py", "./..", "", "lib/", "a\\0b",
    ]), 0..4), 5), format in 0..4, cut in 0..10) {
        let root = tempfile::tempdir().expect("folder");
        let environment = root.path().join("environment");
        for folder in ["environment/lib", "folder"] {
            fs::create_dir_all(root.path().join(folder)).expect("folder");
        }
        fs::write(root.path().join("victim"), "").expect("file");
        let list = |index: usize| serde_json::to_string(&lists[index]).expect("json");
        let after = format!(
            ",\"after\":{{\"layer\":\"/x\",\"replaced\":{},\"obsolete\":{},\"emptied\":{}}}",
            list(2), list(3), list(4)
        );
        let after = if format == 2 { after } else { String::new() };
        let mut text = format!("{{\"format\":{format},\"files\":{},\"folders\":{}{after}}}", list(0), list(1));
        if cut == 0 {
            text.pop();
        }
        fs::write(environment.join(NAME), text).expect("journal");
        let _ = recover(&environment);
        let left: Vec<String> = listing(root.path()).into_iter().filter(|path| !path.starts_with("environment/")).collect();
        proptest::prop_assert_eq!(left, ["environment", "folder", "victim"]);
    }
}
