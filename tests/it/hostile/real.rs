//! Real wheels: nothing that people install may be refused.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::manifest::root;
use super::place::Place;
use crate::interpreters;
use crate::live;
use crate::skipped::say;

/// Larger wheels are left out.
const LARGEST: u64 = 30 << 20;

/// The wheels in a folder of the caller's, if there is one: what is at hand needs no network.
#[test]
fn wheels_at_hand_are_read() {
    if let Some(folder) = env::var_os("SNAPENV_WHEELS") {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let wheels: Vec<PathBuf> = files
            .filter(|path| path.extension().is_some_and(|end| end == "whl"))
            .collect();
        read_all(&wheels);
    }
}

/// The newest wheels of the most used projects, as pip downloads them.
#[test]
fn wheels_of_the_most_used_projects_are_read() {
    if !live::enabled("hostile::real") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let projects = fs::read_to_string(root().join("fixtures/corpus/top-300-projects.txt")).unwrap();
    let mut wheels = Vec::new();
    for project in projects.lines().filter(|line| !line.is_empty()) {
        let into = place.path().join(project);
        let _ = Command::new(&interpreters::usual().executable)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--dest",
            ])
            .args([into.as_os_str(), project.as_ref()])
            .stderr(Stdio::null())
            .status();
        // A project without wheels has nothing to be read.
        let files = fs::read_dir(&into).into_iter().flatten().map(|entry| entry.unwrap().path());
        wheels.extend(files);
    }
    assert!(wheels.len() > 250, "only {} wheels could be had", wheels.len());
    read_all(&wheels);
}

fn read_all(wheels: &[PathBuf]) {
    let small = |path: &&PathBuf| fs::metadata(path).unwrap().len() <= LARGEST;
    let (mut read, mut warned, mut refused) = (0, 0, Vec::new());
    for wheel in wheels.iter().filter(small) {
        read += 1;
        let name = wheel.file_name().unwrap_or_default().to_string_lossy();
        match Place::of(wheel).lay_out() {
            Err(reason) => refused.push(format!("{name}: {reason}")),
            Ok(warnings) if warnings.is_empty() => {}
            Ok(warnings) => {
                warned += 1;
                say(&format!("{name}: {}", warnings.join("; ")));
            }
        }
    }
    say(&format!(
        "hostile: {read} wheels, {warned} with warnings, {} refused",
        refused.len()
    ));
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(read > 0 && wheels.first().is_some_and(|wheel: &PathBuf| Path::new(wheel).exists()));
}
