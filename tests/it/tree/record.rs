//! RECORD files (PEP 376, and the specification of recorded projects).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};

use super::Difference;

type Row = [String; 3];

/// Compares the RECORD at `path` of both environments; digests and sizes of `free` files (paths within the environment) may differ,
/// but then must be true.
pub(super) fn compare(path: &str, pip: &Path, ours: &Path, free: &BTreeSet<String>) -> Vec<Difference> {
    let difference = |what: String| Difference::Record {
        path: path.to_owned(),
        what,
    };
    let (Some(theirs), Some(mine)) = (read(&pip.join(path)), read(&ours.join(path))) else {
        return vec![difference("is no CSV of three columns".to_owned())];
    };
    let site = Path::new(path).parent().and_then(Path::parent).unwrap();
    let mut found = Vec::new();
    let (their_map, my_map) = (by_path(&theirs), by_path(&mine));
    for (name, rows) in &their_map {
        let is_free = free.contains(&within(site, name)) || name.ends_with(".dist-info/INSTALLER");
        match my_map.get(name) {
            None => found.push(difference(format!("no row for {name}"))),
            Some(my_rows) if my_rows.len() != rows.len() => {
                found.push(difference(format!(
                    "{} instead of {} rows for {name}",
                    my_rows.len(),
                    rows.len()
                )));
            }
            Some(my_rows) if is_free => {
                let file = within(site, name);
                // Where another distribution overwrote the file, the loser's row describes what is gone, with pip as well.
                let overwritten = rows.iter().any(|row| !is_true(row, &pip.join(&file)));
                found.extend(
                    my_rows
                        .iter()
                        .filter(|row| !overwritten && !is_true(row, &ours.join(&file)))
                        .map(|row| difference(format!("{} does not describe the file", row.join(",")))),
                );
            }
            Some(my_rows) if my_rows != rows => found.push(difference(format!("{my_rows:?} instead of {rows:?}"))),
            Some(_) => {}
        }
    }
    let added = my_map.keys().filter(|name| !their_map.contains_key(*name));
    found.extend(added.map(|name| difference(format!("a row for {name}"))));
    let order = |rows: &[Row]| rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    if found.is_empty() && order(&theirs) != order(&mine) {
        found.push(difference("the rows come in another order".to_owned()));
    }
    found
}

fn read(path: &Path) -> Option<Vec<Row>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).ok()?;
    let rows = reader.records().map(|record| {
        let fields: Vec<String> = record.ok()?.iter().map(str::to_owned).collect();
        fields.try_into().ok()
    });
    rows.collect()
}

fn by_path(rows: &[Row]) -> BTreeMap<&str, Vec<&Row>> {
    let mut map: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        map.entry(&row[0]).or_default().push(row);
    }
    map
}

/// A RECORD path, which is relative to site-packages, as a path within the environment.
fn within(site: &Path, name: &str) -> String {
    let mut parts: Vec<&str> = site.to_str().unwrap().split('/').collect();
    for part in name.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

fn is_true(row: &Row, file: &Path) -> bool {
    let Ok(contents) = fs::read(file) else { return false };
    let digest = format!("sha256={}", BASE64URL_NOPAD.encode(&Sha256::digest(&contents)));
    row[1] == digest && row[2] == contents.len().to_string()
}
