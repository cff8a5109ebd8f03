//! The wheel's RECORD against what was installed from it.

use std::collections::{HashMap, HashSet};

use super::container::Container;
use super::layout::Placement;
use super::paths::{is_below, join, normalize};
use super::record::{Row, digest};
use super::scripts::{Listing, Rewritten};
use super::{File, Problem};

/// The rows of the installed RECORD, and the scripts whose rows are known only in the environment.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    pub(super) rows: Vec<Row>,
    pub(super) scripts: Vec<Rewritten>,
    pub(super) warnings: Vec<String>,
}

/// What was installed.
pub(super) struct Installed<'a> {
    pub(super) container: &'a Container,
    /// The library folder.
    pub(super) library: &'a str,
    /// Every file that pip would have copied, in its order.
    pub(super) placements: &'a [Placement<'a>],
    /// What was written, by the name of the member.
    pub(super) files: HashMap<&'a str, &'a File>,
    /// The paths of scripts to be rewritten.
    pub(super) rewritten: HashSet<&'a str>,
}

impl Installed<'_> {
    /// Carries the wheel's rows over to where the files went, as pip does: rows of files that are missing stay, files without a row
    /// get a bare one.
    pub(super) fn reconcile(&self, record: Vec<Vec<String>>) -> Result<Reconciled, Problem> {
        let members: HashSet<&str> = self.container.members().iter().map(|member| member.name.as_str()).collect();
        let mut left: HashMap<&str, &Placement<'_>> = self
            .placements
            .iter()
            .map(|placed| (placed.member.name.as_str(), placed))
            .collect();
        let mut result = Reconciled::default();
        for (index, row) in record.into_iter().enumerate() {
            let mut fields = row.into_iter();
            let old = fields.next().ok_or(Problem::EmptyRow(index + 1))?;
            let (hash, size) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            if fields.next().is_some() {
                result.warnings.push(format!("RECORD has more than three fields for {old:?}"));
            }
            let Some(placed) = left.remove(old.as_str()) else {
                if !is_below(&normalize(&join(self.library, &old))) || old.starts_with('/') {
                    return Err(Problem::RowEscapes(old));
                }
                if !members.contains(old.as_str()) {
                    result
                        .warnings
                        .push(format!("RECORD lists {old:?}, which is not in the wheel"));
                }
                result.rows.push(Row { path: old, hash, size });
                continue;
            };
            let row = Row {
                path: placed.record.clone(),
                hash,
                size,
            };
            if let Some(file) = self.files.get(old.as_str()) {
                result.warnings.extend(differs(file, &row, &old));
            }
            self.list(placed, Listing::Hashed, row, &mut result);
        }
        for placed in self
            .placements
            .iter()
            .filter(|placed| left.contains_key(placed.member.name.as_str()))
        {
            if !is_record(&placed.member.name) {
                result.warnings.push(format!("RECORD does not list {:?}", placed.member.name));
            }
            self.list(placed, Listing::Bare, Row::bare(placed.record.clone()), &mut result);
        }
        Ok(result)
    }

    fn list(&self, placed: &Placement<'_>, listing: Listing, row: Row, result: &mut Reconciled) {
        if self.rewritten.contains(placed.path.as_str()) {
            result.scripts.push(Rewritten {
                path: placed.path.clone(),
                listing,
            });
        } else {
            result.rows.push(row);
        }
    }
}

/// What RECORD tells wrongly of a file. Digests other than SHA-256 are taken as they are.
fn differs(file: &File, row: &Row, member: &str) -> Option<String> {
    let other_hash = row.hash.starts_with("sha256=") && row.hash.trim_end_matches('=') != digest(&file.sha256);
    let other_size = !row.size.is_empty() && row.size != file.size.to_string();
    (other_hash || other_size).then(|| format!("{member:?} is not the file that RECORD describes"))
}

/// RECORD and its signatures cannot have digests in it.
fn is_record(member: &str) -> bool {
    matches!(
        member.split_once(".dist-info/"),
        Some((_, "RECORD" | "RECORD.jws" | "RECORD.p7s"))
    )
}
