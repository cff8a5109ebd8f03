//! Environments on trial: who gets the place when a process is killed before it keeps what it published.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::place::TRIAL;
use super::*;
use crate::fs::Lock;

fn environment(folder: &Path, word: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("pyvenv.cfg"), word).unwrap();
}

fn word(folder: &Path) -> String {
    fs::read_to_string(folder.join("pyvenv.cfg")).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn claim(place: &Path) -> Site {
    Site::claim(place, Existing::Environment, &|| panic!("nobody to wait for")).unwrap()
}

/// A place whose environment is still on trial, as a killed process leaves it.
fn killed_on_trial() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("env");
    environment(&place, "new");
    fs::write(place.join(TRIAL), "").unwrap();
    (parent, place)
}

#[test]
fn the_old_environment_comes_back_when_a_trial_is_killed() {
    let (parent, place) = killed_on_trial();
    environment(&parent.path().join(".env.snapenv-old"), "old");
    drop(claim(&place));
    assert_eq!(word(&place), "old");
    assert_eq!(names(parent.path()), ["env"]);
}

#[test]
fn nothing_comes_back_where_nothing_was() {
    let (parent, place) = killed_on_trial();
    drop(claim(&place));
    assert!(names(parent.path()).is_empty());
}

#[test]
fn the_old_content_of_a_linked_folder_comes_back_when_a_trial_is_killed() {
    let (parent, real) = killed_on_trial();
    environment(&real.join(".snapenv-old"), "old");
    fs::create_dir(real.join(".snapenv-new")).unwrap();
    let link = parent.path().join("link");
    std::os::unix::fs::symlink("env", &link).unwrap();
    drop(claim(&link));
    assert_eq!(word(&real), "old");
    assert_eq!(names(&real), ["pyvenv.cfg"]);
}

#[test]
fn a_trial_that_is_kept_or_undone_leaves_nothing_behind() {
    for linked in [None, Some("real")] {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("env");
        environment(&parent.path().join(linked.unwrap_or("env")), "old");
        if let Some(real) = linked {
            std::os::unix::fs::symlink(real, &place).unwrap();
        }
        let before = names(parent.path());
        let fill = || {
            let site = claim(&place);
            environment(site.staging(), "new");
            site.publish_on_trial().unwrap()
        };
        let published = fill();
        assert_eq!(word(&place), "new");
        published.undo().unwrap();
        assert_eq!(word(&place), "old");
        fill().keep().unwrap();
        assert_eq!(word(&place), "new");
        assert_eq!(names(&place), ["pyvenv.cfg"]);
        assert_eq!(names(parent.path()), before);
    }
}

/// Two processes once destroyed both environments: the second removed what the first had put aside, and the first then undid its own.
#[test]
fn a_claim_waits_until_a_trial_is_over() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("env");
    environment(&place, "old");
    let site = claim(&place);
    environment(site.staging(), "new");
    let published = site.publish_on_trial().unwrap();
    let (told, waits) = channel();
    let second = thread::spawn({
        let place = place.clone();
        move || {
            drop(Site::claim(&place, Existing::Environment, &|| told.send(()).unwrap()).unwrap());
            word(&place)
        }
    });
    waits.recv_timeout(Duration::from_secs(20)).unwrap();
    published.undo().unwrap();
    assert_eq!(second.join().unwrap(), "old");
    assert_eq!(names(parent.path()), ["env"]);
}

/// Two processes once mixed their environments: one installed into what the other was replacing.
#[test]
fn nobody_installs_into_what_is_being_replaced() {
    for linked in [None, Some("real")] {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("env");
        environment(&parent.path().join(linked.unwrap_or("env")), "old");
        if let Some(real) = linked {
            std::os::unix::fs::symlink(real, &place).unwrap();
        }
        let is_free = || Lock::if_free(&place).is_some();
        // A child that another test has just forked has our locks, too, until it becomes another program.
        let becomes_free = || {
            (0..500).any(|_| {
                thread::sleep(Duration::from_millis(2));
                is_free()
            })
        };
        assert!(becomes_free());
        let site = claim(&place);
        assert!(!is_free());
        environment(site.staging(), "new");
        let published = site.publish().unwrap();
        assert!(!is_free());
        published.keep().unwrap();
        assert!(becomes_free());
    }
}

/// What is missing aside is no reason to remove what is there.
#[test]
fn nothing_is_removed_when_there_is_nothing_to_come_back() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("env");
    environment(&place, "old");
    let site = claim(&place);
    environment(site.staging(), "new");
    let published = site.publish_on_trial().unwrap();
    fs::remove_dir_all(parent.path().join(".env.snapenv-old")).unwrap();
    assert!(published.undo().is_err());
    assert_eq!(word(&place), "new");
}
