//! The documentation says what the code does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Names of the variants of `PipelineError`.
fn kinds() -> BTreeSet<String> {
    let source = read("src/pipeline/error.rs");
    let body = source.split("pub enum PipelineError {").nth(1).unwrap();
    let body = body.split("\n}").next().unwrap();
    let variant = |line: &str| {
        let name = line.strip_prefix("    ")?.split(['(', ' ', ',']).next()?;
        name.starts_with(|first: char| first.is_ascii_uppercase())
            .then(|| name.to_owned())
    };
    body.lines().filter_map(variant).collect()
}

/// Names in the first column of the table in `docs/errors.md`.
fn documented() -> BTreeSet<String> {
    let page = read("docs/errors.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split('`').next()?.to_owned())).collect()
}

#[test]
fn every_kind_of_error_is_documented_and_no_other() {
    assert!(kinds().len() > 10, "{:?}", kinds());
    assert_eq!(documented(), kinds());
}
