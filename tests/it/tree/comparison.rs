//! The comparison itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Difference, Entry, Listing, bytecode, record, script};

/// The bits of a mode that must be equal; files linked from the store cannot be writable.
const WITHOUT_WRITE: u32 = 0o7555;

/// How many differences a failed assertion shows.
const SHOWN: usize = 40;

/// Demands that `ours` is what pip made in `pip`; `python` is the interpreter of both.
#[track_caller]
pub(crate) fn assert_same(pip: &Path, ours: &Path, python: &Path) {
    let differences = compare(pip, ours, python);
    let text: Vec<String> = differences.iter().take(SHOWN).map(ToString::to_string).collect();
    assert!(
        differences.is_empty(),
        "{} differences from what pip makes:\n  {}",
        differences.len(),
        text.join("\n  ")
    );
}

/// All differences that are not allowed.
pub(crate) fn compare(pip: &Path, ours: &Path, python: &Path) -> Vec<Difference> {
    let theirs = Listing::of(pip).without_skeleton().0;
    let mine = Listing::of(ours).without_skeleton().0;
    let scripts = script::generated(pip, theirs.keys());
    let mut found = Vec::new();
    let mut compiled = Vec::new();
    for (path, entry) in &theirs {
        let Some(other) = mine.get(path) else {
            found.push(Difference::Missing(path.clone()));
            continue;
        };
        match (entry, other) {
            (Entry::Folder(pip), Entry::Folder(ours)) => found.extend(mode(path, *pip, *ours)),
            (Entry::Link(pip), Entry::Link(ours)) if pip == ours => {}
            (Entry::File(theirs), Entry::File(mine)) => {
                found.extend(mode(path, *theirs, *mine));
                if Path::new(path).extension().is_some_and(|extension| extension == "pyc") {
                    compiled.push(path.clone());
                } else {
                    found.extend(contents(path, pip, ours, &scripts));
                }
            }
            _ => found.push(Difference::Kind(path.clone())),
        }
    }
    let extra = mine.keys().filter(|path| !theirs.contains_key(*path));
    found.extend(extra.cloned().map(Difference::Extra));
    found.extend(bytecode::compare(&compiled, pip, ours, python));
    found
}

fn mode(path: &str, pip: u32, ours: u32) -> Option<Difference> {
    (pip & WITHOUT_WRITE != ours & WITHOUT_WRITE).then(|| Difference::Mode {
        path: path.to_owned(),
        pip,
        ours,
    })
}

fn contents(path: &str, pip: &Path, ours: &Path, scripts: &BTreeSet<String>) -> Vec<Difference> {
    let (theirs, mine) = (fs::read(pip.join(path)).unwrap(), fs::read(ours.join(path)).unwrap());
    if theirs == mine {
        return Vec::new();
    }
    if path.ends_with(".dist-info/RECORD") {
        return record::compare(path, pip, ours, scripts);
    }
    if scripts.contains(path) {
        return script::compare(path, &theirs, &mine).into_iter().collect();
    }
    if path.ends_with(".dist-info/INSTALLER") && mine == b"snapenv\n" {
        return Vec::new();
    }
    vec![Difference::Content(path.to_owned())]
}
