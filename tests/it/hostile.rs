//! Hostile content: `fixtures/hostile` (written by `tests/hostile/make`) through the library, mutants of good wheels beside `CPython`'s
//! `zipfile`, and a handful of files through the program. What is expected of each file, and what pip does with it, stands in `manifest.txt`.
//!
//! `SNAPENV_HOSTILE_PIP=FOLDER` asks the pip in FOLDER (or a pip wheel) again; `SNAPENV_MUTANTS=NUMBER` tries that many mutants;
//! `SNAPENV_LIVE=1` (or `SNAPENV_WHEELS=FOLDER`) reads real wheels.

mod manifest;
mod mutants;
mod pip;
mod place;
mod real;
mod records;
mod through;

use std::fs;

use manifest::{Case, Verdict, cases};
use place::Place;

/// What became of a file.
type Outcome = Result<Vec<String>, String>;

/// Holds a file's outcome to what is expected of it; what is wrong, otherwise.
fn judge(case: &Case, outcome: &Outcome) -> Option<String> {
    let good = match (case.verdict, outcome) {
        (Verdict::Refused, Err(reason)) => reason.contains(&case.text),
        (Verdict::Warned, Ok(warnings)) => warnings.iter().any(|warning| warning.contains(&case.text)),
        (Verdict::Installed, Ok(warnings)) => warnings.is_empty(),
        _ => false,
    };
    (!good).then(|| format!("{}: expected {:?} ({}), got {outcome:?}", case.file, case.verdict, case.text))
}

/// Tries all files of a kind, and demands that each does what is expected and nothing besides.
fn all_of(kind: &str, attempt: impl Fn(&Place, &Case) -> Outcome) {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.kind == kind).collect();
    assert!(cases.len() > 20, "{} of {kind}", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let place = Place::new(case);
            let outcome = attempt(&place, case);
            judge(case, &outcome).or_else(|| place.trespass().map(|path| format!("{}: wrote {path}", case.file)))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn wheels_are_refused_warned_of_or_installed() {
    all_of("wheel", |place, _| place.lay_out());
}

#[test]
fn sdists_are_refused_or_unpacked() {
    all_of("sdist", |place, _| place.unpack_sdist());
}

#[test]
fn archives_are_refused_or_unpacked() {
    all_of("archive", |place, _| place.unpack_archive());
}

/// Whatever we do otherwise than pip is a rule, and rules are written down.
#[test]
fn where_pip_is_more_lenient_the_rule_is_documented() {
    let page = fs::read_to_string(manifest::root().join("docs/threat-model.md")).unwrap();
    let rules = page.split("## Stricter than pip").nth(1).unwrap();
    let mut wrong = Vec::new();
    for case in cases().into_iter().filter(|case| case.kind != "archive") {
        let name = case.name();
        match (case.verdict, case.pip.as_str()) {
            (Verdict::Refused, "installed") if !rules.contains(&format!("`{name}`")) => wrong.push(name),
            (Verdict::Warned | Verdict::Installed, "refused") => wrong.push(format!("{name}: pip refuses it")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "not in docs/threat-model.md: {wrong:?}");
}

/// A name in the documentation is that of a file, or (with a star) of several.
#[test]
fn the_threat_model_names_files_that_there_are() {
    let page = fs::read_to_string(manifest::root().join("docs/threat-model.md")).unwrap();
    let names: Vec<String> = cases().iter().map(Case::name).collect();
    let there = |word: &str| match word.strip_suffix('*') {
        Some(start) => names.iter().any(|name| name.starts_with(start)),
        None => names.iter().any(|name| name == word),
    };
    // The last column of the tables, and in the table of rules the one in the middle.
    let ours = ["Content", "Stricter than pip", "Advisories of others"];
    let sections = page
        .split("\n## ")
        .filter(|section| ours.iter().any(|title| section.starts_with(title)));
    let rows = sections.flat_map(str::lines).filter(|line| line.starts_with("| "));
    let cells = rows.flat_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let at = if cells.len() == 3 && line.contains("| `") && !cells[2].contains('`') {
            1
        } else {
            cells.len() - 1
        };
        cells[at].split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    let words: Vec<String> = cells.filter(|word| !word.contains("::")).collect();
    let wrong: Vec<&String> = words.iter().filter(|word| !there(word)).collect();
    assert!(
        wrong.is_empty() && words.len() > 80,
        "{} words, no files: {wrong:?}",
        words.len()
    );
}

/// Whoever adds a file says what is expected of it, and the folder stays small.
#[test]
fn the_manifest_names_every_file() {
    let named: Vec<String> = cases().into_iter().map(|case| case.file).collect();
    let mut bytes = 0;
    for folder in ["wheels", "sdists", "archives"] {
        for entry in fs::read_dir(manifest::folder().join(folder)).unwrap().map(Result::unwrap) {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            assert!(named.contains(&name), "{name} is not in the manifest");
            bytes += entry.metadata().unwrap().len();
        }
    }
    assert!(bytes < 300_000, "{bytes} bytes");
}
