use std::os::unix::fs::symlink;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

/// A parent folder and the place `env` in it.
struct Place {
    parent: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            parent: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.parent.path().join("env")
    }

    fn with_environment(self) -> Self {
        fs::create_dir(self.path()).unwrap();
        environment(&self.path(), "old");
        self
    }

    fn claim(&self, existing: Existing) -> Result<Site, SiteError> {
        Site::claim(&self.path(), existing, &|| panic!("nobody to wait for"))
    }

    /// Claims and fills it.
    fn filled(&self, existing: Existing) -> Site {
        let site = self.claim(existing).unwrap();
        assert_eq!(
            fs::read_dir(site.staging()).unwrap().count(),
            0,
            "the staging folder is empty"
        );
        environment(site.staging(), "new");
        site
    }

    /// All names in the parent folder.
    fn names(&self) -> Vec<String> {
        names(self.parent.path())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What makes a folder an environment, and something that tells which it is.
fn environment(folder: &Path, word: &str) {
    fs::write(folder.join("pyvenv.cfg"), word).unwrap();
    fs::create_dir_all(folder.join("lib")).unwrap();
    fs::write(folder.join("lib").join(word), word).unwrap();
}

fn is_environment(folder: &Path, word: &str) -> bool {
    names(folder) == ["lib", "pyvenv.cfg"]
        && names(&folder.join("lib")) == [word]
        && fs::read_to_string(folder.join("pyvenv.cfg")).unwrap() == word
}

#[test]
fn a_missing_place_is_made_with_its_parents() {
    let place = Place::new();
    let deep = place.path().join("a/b");
    let site = Site::claim(&deep, Existing::Environment, &|| {}).unwrap();
    environment(site.staging(), "new");
    assert_eq!(site.destination(), deep);
    assert!(!deep.exists(), "it appears whole");
    site.publish().unwrap().keep().unwrap();
    assert!(is_environment(&deep, "new"));
    assert_eq!(names(deep.parent().unwrap()), ["b"]);
}

#[test]
fn an_empty_folder_and_an_environment_are_replaced() {
    for place in [Place::new(), Place::new().with_environment()] {
        fs::create_dir_all(place.path()).unwrap();
        place.filled(Existing::Environment).publish().unwrap().keep().unwrap();
        assert!(is_environment(&place.path(), "new"));
        assert_eq!(place.names(), ["env"]);
    }
}

#[test]
fn undoing_brings_back_what_was_there() {
    let missing = Place::new();
    missing.filled(Existing::Environment).publish().unwrap().undo().unwrap();
    assert!(missing.names().is_empty());

    let empty = Place::new();
    fs::create_dir(empty.path()).unwrap();
    empty.filled(Existing::Environment).publish().unwrap().undo().unwrap();
    assert_eq!(empty.names(), ["env"]);
    assert!(names(&empty.path()).is_empty());

    let old = Place::new().with_environment();
    let published = old.filled(Existing::Environment).publish().unwrap();
    assert!(is_environment(&old.path(), "new"));
    published.undo().unwrap();
    assert!(is_environment(&old.path(), "old"));
    assert_eq!(old.names(), ["env"]);
}

#[test]
fn something_else_is_replaced_only_when_that_was_said() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    fs::write(place.path().join("thesis.tex"), "").unwrap();
    assert!(matches!(place.claim(Existing::Environment), Err(SiteError::NotAnEnvironment(path)) if path == place.path()));
    assert_eq!(names(&place.path()), ["thesis.tex"]);
    assert_eq!(place.names(), ["env"]);
    place.filled(Existing::Anything).publish().unwrap().keep().unwrap();
    assert!(is_environment(&place.path(), "new"));
}

#[test]
fn a_file_is_never_replaced() {
    let file = Place::new();
    fs::write(file.path(), "words").unwrap();
    let dangling = Place::new();
    symlink("nowhere", dangling.path()).unwrap();
    for place in [file, dangling] {
        for existing in [Existing::Environment, Existing::Anything] {
            assert!(matches!(place.claim(existing), Err(SiteError::NotAFolder(path)) if path == place.path()));
        }
        assert_eq!(place.names(), ["env"]);
    }
}

/// A link stays a link: what is behind it is filled.
#[test]
fn a_linked_folder_is_filled_where_it_is() {
    let linked = |word: Option<&str>| {
        let place = Place::new();
        let real = place.parent.path().join("real");
        fs::create_dir(&real).unwrap();
        if let Some(word) = word {
            environment(&real, word);
        }
        symlink("real", place.path()).unwrap();
        (place, real)
    };
    for word in [None, Some("old")] {
        let (place, real) = linked(word);
        place.filled(Existing::Environment).publish().unwrap().keep().unwrap();
        assert!(is_environment(&real, "new"), "{:?}", names(&real));
        assert_eq!(fs::read_link(place.path()).unwrap(), Path::new("real"));
        assert_eq!(place.names(), ["env", "real"]);

        let (place, real) = linked(word);
        place.filled(Existing::Environment).publish().unwrap().undo().unwrap();
        match word {
            Some(word) => assert!(is_environment(&real, word)),
            None => assert!(names(&real).is_empty(), "{:?}", names(&real)),
        }

        let (place, real) = linked(word);
        drop(place.filled(Existing::Environment));
        assert_eq!(names(&real).len(), word.map_or(0, |_| 2), "{:?}", names(&real));
    }
}

#[test]
fn a_claim_that_is_given_up_leaves_nothing() {
    let missing = Place::new();
    drop(missing.filled(Existing::Environment));
    assert!(missing.names().is_empty());
    let old = Place::new().with_environment();
    drop(old.filled(Existing::Environment));
    assert!(is_environment(&old.path(), "old"));
    assert_eq!(old.names(), ["env"]);
}

#[test]
fn what_a_killed_process_left_is_cleared() {
    let place = Place::new().with_environment();
    for leftover in [".env.snapenv-new", ".env.snapenv-old"] {
        let folder = place.parent.path().join(leftover);
        fs::create_dir_all(folder.join("lib/stale")).unwrap();
        fs::write(folder.join("lib/stale/x"), "").unwrap();
    }
    place.filled(Existing::Environment).publish().unwrap().keep().unwrap();
    assert!(is_environment(&place.path(), "new"));
    assert_eq!(place.names(), ["env"]);
}

#[test]
fn what_a_killed_process_left_in_a_linked_folder_is_cleared() {
    let place = Place::new();
    let real = place.parent.path().join("real");
    fs::create_dir_all(real.join(".snapenv-new/lib/stale")).unwrap();
    symlink("real", place.path()).unwrap();
    place.filled(Existing::Environment).publish().unwrap().keep().unwrap();
    assert!(is_environment(&real, "new"), "{:?}", names(&real));
}

/// A linked folder in which a process was killed; `old` and `here` are what it had moved aside, and what is in the folder.
fn killed(aside: &str, old: &[&str], here: &[&str]) -> (Place, PathBuf) {
    let place = Place::new();
    let real = place.parent.path().join("real");
    fs::create_dir_all(real.join(aside)).unwrap();
    for name in old {
        fs::write(real.join(aside).join(name), "old").unwrap();
    }
    for name in here {
        fs::write(real.join(name), "here").unwrap();
    }
    fs::create_dir_all(real.join(".snapenv-new")).unwrap();
    symlink("real", place.path()).unwrap();
    (place, real)
}

#[test]
fn what_a_killed_process_had_moved_aside_in_a_linked_folder_comes_back() {
    let old = ["lib", "pyvenv.cfg", "zoo"];
    // While new content moved in: what is here is half of it.
    let (place, real) = killed(".snapenv-old", &old, &["lib", "new"]);
    drop(place.filled(Existing::Environment));
    assert_eq!(names(&real), old);
    assert_eq!(fs::read_to_string(real.join("lib")).unwrap(), "old");
    // While old content moved out: what is here is the rest of it.
    let (place, real) = killed(".snapenv-aside", &["lib", "pyvenv.cfg"], &["zoo"]);
    drop(place.filled(Existing::Environment));
    assert_eq!(names(&real), old);
    // All was done but for the removal.
    let (place, real) = killed(".snapenv-old", &old, &["lib", "pyvenv.cfg"]);
    drop(place.filled(Existing::Environment));
    assert_eq!(names(&real), ["lib", "pyvenv.cfg"]);
    assert_eq!(fs::read_to_string(real.join("lib")).unwrap(), "here");
}

#[test]
fn what_comes_back_is_no_more_replaced_than_before() {
    let (place, real) = killed(".snapenv-aside", &["thesis.tex"], &[]);
    assert!(matches!(
        place.claim(Existing::Environment),
        Err(SiteError::NotAnEnvironment(_))
    ));
    assert_eq!(names(&real), ["thesis.tex"]);
}

/// Where two folders cannot be exchanged, the old one is renamed first.
#[test]
fn an_environment_that_a_killed_process_had_renamed_comes_back() {
    let place = Place::new();
    let aside = place.parent.path().join(".env.snapenv-old");
    fs::create_dir(&aside).unwrap();
    environment(&aside, "old");
    drop(place.filled(Existing::Environment));
    assert!(is_environment(&place.path(), "old"));
    assert_eq!(place.names(), ["env"]);
}

#[test]
fn a_failed_move_leaves_a_linked_folder_as_it_was() {
    let place = Place::new();
    let real = place.parent.path().join("real");
    fs::create_dir(&real).unwrap();
    environment(&real, "old");
    symlink("real", place.path()).unwrap();
    let site = place.filled(Existing::Environment);
    // A file is in the way of a folder that the move needs.
    fs::write(real.join(".snapenv-old"), "").unwrap();
    assert!(site.publish().is_err());
    fs::remove_file(real.join(".snapenv-old")).unwrap();
    assert!(is_environment(&real, "old"), "{:?}", names(&real));
}

#[test]
fn the_second_waits_for_the_first_and_then_replaces_what_it_made() {
    let place = Place::new();
    let first = place.filled(Existing::Environment);
    let (told, waits) = channel();
    let path = place.path();
    let second = thread::spawn(move || {
        let site = Site::claim(&path, Existing::Environment, &|| told.send(()).unwrap()).unwrap();
        assert!(names(site.staging()).is_empty());
        environment(site.staging(), "second");
        site.publish().unwrap().keep().unwrap();
    });
    waits.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(!second.is_finished());
    let published = first.publish().unwrap();
    published.keep().unwrap();
    second.join().unwrap();
    assert!(is_environment(&place.path(), "second"), "{:?}", names(&place.path()));
    assert_eq!(place.names(), ["env"]);
}

#[test]
fn the_second_goes_on_when_the_first_gives_up() {
    let place = Place::new().with_environment();
    let first = place.filled(Existing::Environment);
    let (told, waits) = channel();
    let path = place.path();
    let second = thread::spawn(move || {
        let site = Site::claim(&path, Existing::Environment, &|| told.send(()).unwrap()).unwrap();
        environment(site.staging(), "second");
        site.publish().unwrap().keep().unwrap();
    });
    waits.recv_timeout(Duration::from_secs(20)).unwrap();
    drop(first);
    second.join().unwrap();
    assert!(is_environment(&place.path(), "second"));
    assert_eq!(place.names(), ["env"]);
}

#[test]
fn what_came_after_the_claim_is_not_lost() {
    let place = Place::new();
    let site = place.filled(Existing::Environment);
    fs::create_dir(place.path()).unwrap();
    fs::write(place.path().join("precious"), "").unwrap();
    assert!(matches!(site.publish(), Err(SiteError::NotAnEnvironment(path)) if path == place.path()));
    assert_eq!(
        (names(&place.path()), place.names()),
        (vec!["precious".to_owned()], vec!["env".to_owned()])
    );
}

#[test]
fn what_came_after_the_last_look_is_given_back() {
    for file in [true, false] {
        let place = Place::new();
        let site = place.filled(Existing::Environment);
        if file {
            fs::write(place.path(), "precious").unwrap();
        } else {
            fs::create_dir(place.path()).unwrap();
            fs::write(place.path().join("precious"), "").unwrap();
        }
        let refused = take(&site.place, Existing::Environment).unwrap_err();
        assert!(
            matches!(&refused, SiteError::NotAnEnvironment(path) | SiteError::NotAFolder(path) if *path == place.path()),
            "{refused}"
        );
        drop(site);
        assert_eq!(place.names(), ["env"]);
        assert!(place.path().is_file() == file && (file || names(&place.path()) == ["precious"]));
    }
}

#[test]
fn the_longest_name_has_its_folders_beside_it() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("n".repeat(255));
    for _ in 0..2 {
        let site = Site::claim(&path, Existing::Environment, &|| panic!("nobody to wait for")).unwrap();
        environment(site.staging(), "new");
        site.publish().unwrap().keep().unwrap();
    }
    assert_eq!(names(parent.path()), ["n".repeat(255)]);
}
